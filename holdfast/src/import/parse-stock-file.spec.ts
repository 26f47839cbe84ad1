import { createReadStream } from 'node:fs';
import { parseLocationCode } from '@holdfast/schema/identifiers';
import { describe, expect, it } from 'vitest';
import { parseStockFile } from './parse-stock-file.ts';
import type { CountedRow, StockFileRow } from './stock-row.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

async function all(rows: AsyncIterable<StockFileRow>): Promise<StockFileRow[]> {
  const read: StockFileRow[] = [];
  for await (const row of rows) read.push(row);
  return read;
}

const parsed = (text: string, location?: string) =>
  all(parseStockFile([bytes(text)], parseLocationCode(location ?? '')));

const parsedJson = (value: unknown, location?: string) => parsed(JSON.stringify(value), location);

/**
 * Line, SKU, location, quantity and condition of what was taken; line and reason of what was not.
 */
const short = (row: StockFileRow) =>
  row.type === 'counted'
    ? [row.line, row.sku, row.location, row.quantity, row.condition]
    : [row.line, row.reason];

const shortly = async (rows: Promise<StockFileRow[]>) => (await rows).map(short);

const header = 'sku,location,quantity';

describe('our own CSV', () => {
  it('counts units of a SKU at a location, sellable unless it says otherwise', async () => {
    const file = `${header},condition,name,product_class
TEE,berlin,10,,,
MUG,berlin,0,damaged,"Mug, blue",fragile
`;
    expect(await parsed(file)).toEqual([
      {
        ...{ type: 'counted', line: 2, sku: 'TEE', location: 'berlin', quantity: 10 },
        ...{ condition: 'SELLABLE', noneIn: [], name: undefined, productClass: undefined },
      },
      {
        ...{ type: 'counted', line: 3, sku: 'MUG', location: 'berlin', quantity: 0 },
        ...{ condition: 'DAMAGED', noneIn: [], name: 'Mug, blue', productClass: 'fragile' },
      },
    ]);
  });

  it('has its columns in any order and case', () =>
    expect(shortly(parsed('Quantity, LOCATION ,sku\n3,berlin,TEE'))).resolves.toEqual([
      [2, 'TEE', 'berlin', 3, 'SELLABLE'],
    ]));

  it('puts rows without a location where it is told', async () => {
    const file = `${header}\nTEE,,1\nMUG,rome,2`;
    expect(await shortly(parsed(file, 'berlin'))).toEqual([
      [2, 'TEE', 'berlin', 1, 'SELLABLE'],
      [3, 'MUG', 'rome', 2, 'SELLABLE'],
    ]);
    expect(await shortly(parsed(file))).toEqual([
      [2, 'location is empty; say which one it is with --location CODE'],
      [3, 'MUG', 'rome', 2, 'SELLABLE'],
    ]);
  });

  it('refuses supply that is yet to come: its units are not there', () =>
    expect(
      shortly(parsed(`${header},supply_eta\nTEE,berlin,5,2027-03-01\nMUG,berlin,5,`)),
    ).resolves.toEqual([
      [2, 'supply_eta "2027-03-01": supply that is yet to come cannot be imported'],
      [3, 'MUG', 'berlin', 5, 'SELLABLE'],
    ]));

  it('refuses a condition, name or class that is none, in the words of the file', async () => {
    const file = `${header},condition,name,product_class
A,berlin,1,broken,,
B,berlin,1,,${'n'.repeat(201)},
C,berlin,1,,, x
D,berlin,1,,${'n'.repeat(200)},x`;
    const [a, b, c, d] = await shortly(parsed(file));
    expect(a?.[1]).toMatch(/^condition "broken" is none of SELLABLE, QUALITY_INSPECTION, /);
    expect(b?.[1]).toMatch(/^name "n+" is not 1 to 200 plain characters$/);
    expect(c?.[1]).toMatch(/^product_class " x" is no code: /);
    expect(d).toEqual([5, 'D', 'berlin', 1, 'SELLABLE']);
  });
});

describe('the text of a CSV file', () => {
  it('may begin with a byte order mark, end its lines by CRLF, and have empty lines', () =>
    expect(
      shortly(parsed(`\ufeff\r\n${header}\r\nA,x,1\r\n\r\n , ,\r\n"B\r\nb",x,2\r\nC,x,3\r\n`)),
    ).resolves.toEqual([
      [3, 'A', 'x', 1, 'SELLABLE'],
      [6, expect.stringMatching(/^sku "B\\nb" is no code/)],
      [8, 'C', 'x', 3, 'SELLABLE'],
    ]));

  it('is the same in parts of any length', async () => {
    const file = bytes(`\ufeff${header},name\r\n"Größe ""L""",x,1,"a\r\nb"\r\nB,x,2,é\r\n`);
    const whole = await all(parseStockFile([file]));
    expect(whole.map(short)).toEqual([
      [2, expect.stringMatching(/^name /)],
      [4, 'B', 'x', 2, 'SELLABLE'],
    ]);
    for (const size of [1, 2, 3, 7]) {
      const parts = Array.from({ length: Math.ceil(file.length / size) }, (_, at) =>
        file.subarray(at * size, (at + 1) * size),
      );
      expect(await all(parseStockFile(parts))).toEqual(whole);
    }
  });

  it('keeps inch signs and doubled quotes', () =>
    expect(shortly(parsed(`${header}\nTV-55",x,1\n"TV-""65""",x,2`))).resolves.toEqual([
      [2, 'TV-55"', 'x', 1, 'SELLABLE'],
      [3, 'TV-"65"', 'x', 2, 'SELLABLE'],
    ]));

  it('loses one row to a missing or surplus cell, and says so', () =>
    expect(shortly(parsed(`${header}\nA,x\nB,x,1,2\nC,x,3`))).resolves.toEqual([
      [2, 'it has 2 cells, the header has 3'],
      [3, 'it has 4 cells, the header has 3'],
      [4, 'C', 'x', 3, 'SELLABLE'],
    ]));

  it('says from where on nothing could be read when a quote is never closed', () =>
    expect(shortly(parsed(`${header}\nA,x,1\n"B,x,2\nC,x,3\n`))).resolves.toEqual([
      [2, 'A', 'x', 1, 'SELLABLE'],
      [3, expect.stringMatching(/^a quote opens in or after this line and is never closed/)],
    ]));

  it('keeps blanks in codes as mistakes: another spelling would be another SKU', () =>
    expect(shortly(parsed(`${header}\n A,x,1\n${'A'.repeat(65)},x,1\n,x,1`))).resolves.toEqual([
      [2, expect.stringMatching(/^sku " A" is no code/)],
      [3, expect.stringMatching(/^sku "A{65}" is no code/)],
      [4, 'sku is empty'],
    ]));
});

describe('units that are counted twice', () => {
  it('are taken once, and the other rows named with both lines', () =>
    expect(shortly(parsed(`${header}\nA,x,1\nA,y,2\nA,x,9\nA,x,1`))).resolves.toEqual([
      [2, 'A', 'x', 1, 'SELLABLE'],
      [3, 'A', 'y', 2, 'SELLABLE'],
      [4, 'it counts the same units as line 2, which was taken'],
      [5, 'it counts the same units as line 2, which was taken'],
    ]));

  it('are others in another condition', async () => {
    const rows = await parsed(`${header},condition\nA,x,1,SELLABLE\nA,x,2,DAMAGED\nA,x,3,`);
    expect(rows.map(({ type }) => type)).toEqual(['counted', 'counted', 'refused']);
  });

  it('are also those whose location was told', async () => {
    const rows = await parsed(`${header}\nA,,1\nA,x,2`, 'x');
    expect(rows.map(({ type }) => type)).toEqual(['counted', 'refused']);
  });

  it('are not those of a row that was refused itself', async () => {
    const rows = await parsed(`${header}\nA,x,-1\nA,x,2`);
    expect(rows.map(({ type }) => type)).toEqual(['refused', 'counted']);
  });
});

describe('Adobe Commerce', () => {
  it('exports CSV by source, its whole quantities with four places', () =>
    expect(
      shortly(parsed('source_code,sku,status,quantity\ndefault,24-WB01,1,35.0000\n')),
    ).resolves.toEqual([[2, '24-WB01', 'default', 35, 'SELLABLE']]));

  it('blocks what is out of stock, and leaves nothing in the other condition', async () => {
    const file = 'source_code,sku,status,quantity\na,TEE,1,3\nb,TEE,0,4\nc,TEE,2,5\nd,TEE,,6';
    const rows = await parsed(file);
    expect(rows.map(short)).toEqual([
      [2, 'TEE', 'a', 3, 'SELLABLE'],
      [3, 'TEE', 'b', 4, 'BLOCKED'],
      [4, expect.stringMatching(/^condition "status 2" is none of /)],
      [5, expect.stringMatching(/^condition "status " is none of /)],
    ]);
    expect(rows[0]).toMatchObject({ noneIn: ['BLOCKED'] });
    expect(rows[1]).toMatchObject({ noneIn: ['SELLABLE'] });
  });

  it('counts a SKU at a source once, whatever its status', async () => {
    const rows = await parsed('source_code,sku,status,quantity\na,TEE,1,3\na,TEE,0,4');
    expect(rows.map(({ type }) => type)).toEqual(['counted', 'refused']);
  });

  it('writes JSON as a request, as an answer and as a bare list', async () => {
    const item = { sku: 'TEE', source_code: 'east', quantity: 2000, status: 1 };
    const due = [[1, 'TEE', 'east', 2000, 'SELLABLE']];
    expect(await shortly(parsedJson({ sourceItems: [item] }))).toEqual(due);
    expect(
      await shortly(parsedJson({ total_count: 1, items: [item], search_criteria: {} })),
    ).toEqual(due);
    expect(await shortly(parsedJson([item]))).toEqual(due);
    expect(await shortly(parsedJson({ items: [{ ...item, source_code: '' }] }))).toEqual([
      [1, 'location is empty; say which one it is with --location CODE'],
    ]);
  });
});

describe('commercetools', () => {
  const entry = {
    id: 'aea4caed',
    version: 1,
    sku: 'TEE',
    quantityOnStock: 4,
    availableQuantity: 3,
  };

  it('is read as a page, a list and a single entry', async () => {
    const due = [[1, 'TEE', 'berlin', 4, 'SELLABLE']];
    expect(await shortly(parsedJson({ limit: 20, results: [entry] }, 'berlin'))).toEqual(due);
    expect(await shortly(parsedJson([entry], 'berlin'))).toEqual(due);
    expect(await shortly(parsedJson(entry, 'berlin'))).toEqual(due);
    expect(await shortly(parsedJson(entry))).toEqual([
      [1, 'location is empty; say which one it is with --location CODE'],
    ]);
  });

  it('has its supply channel as location: the key where there is one, else the id', async () => {
    const channel = (supplyChannel: unknown, at: number) => ({
      ...entry,
      sku: `T${at}`,
      supplyChannel,
    });
    const rows = parsedJson(
      [
        { typeId: 'channel', id: 'c1' },
        { typeId: 'channel', id: 'c1', obj: { key: 'berlin' } },
        { typeId: 'channel', key: 'rome' },
      ].map(channel),
      'elsewhere',
    );
    expect(await rows).toMatchObject([
      { location: 'c1' },
      { location: 'berlin' },
      { location: 'rome' },
    ]);
  });

  it('never puts a channel that cannot be read elsewhere', async () => {
    const rows = await parsedJson({ ...entry, supplyChannel: { typeId: 'channel' } }, 'elsewhere');
    expect(rows).toMatchObject([
      { type: 'refused', reason: /^location \{"typeId":"channel"\} is no code/ },
    ]);
  });
});

describe('our own JSON', () => {
  it('has the names of the CSV', () =>
    expect(
      parsedJson([
        { sku: 'TEE', location: 'berlin', quantity: 3, condition: 'expired', name: 'Tee' },
        { sku: 4711, location: 7, quantity: '2.000', product_class: 'slow', name: null },
        { sku: 'CAP', location: 'berlin', quantity: 1, supply_eta: '2027-01-01' },
      ]),
    ).resolves.toMatchObject([
      { sku: 'TEE', quantity: 3, condition: 'EXPIRED', name: 'Tee' },
      { sku: '4711', location: '7', quantity: 2, productClass: 'slow', name: undefined },
      { type: 'refused', reason: /^supply_eta "2027-01-01"/ },
    ]));

  it('knows the line of each entry, and loses one entry to one mistake', () =>
    expect(
      shortly(
        parsed(`
[
  { "sku": "A", "location": "x", "quantity": 1 },

  { "sku": "B", "location": "x", "quantity": 1.5 },
  { "sku": "C", "location": "x", "quantity": },
  7, [], null,
  {
    "sku": "D \\" ] } , {", "location": "x", "quantity": true },
  { "sku": { "a": [1, 2] }, "location": "x", "quantity": 1 }
  ,
  { "sku": "E", "location": "x", "quantity": 1e400 }, { "sku": "F,]}",
    "location": "x", "quantity": 6 }
]`),
      ),
    ).resolves.toEqual([
      [3, 'A', 'x', 1, 'SELLABLE'],
      [5, 'quantity 1.5 is not whole'],
      [6, 'it is not JSON'],
      [7, 'it is not an object'],
      [7, 'it is not an object'],
      [7, 'it is not an object'],
      [8, 'quantity true is no number of units'],
      [10, expect.stringMatching(/^sku \{"a":\[1,2\]\} is no code/)],
      [12, 'quantity Infinity is no number of units'],
      [12, 'F,]}', 'x', 6, 'SELLABLE'],
    ]));

  it('keeps what came before the place where the file was cut off', () =>
    expect(
      shortly(parsed('[{"sku":"A","location":"x","quantity":1},\n{"sku":"B","loc')),
    ).resolves.toEqual([
      [1, 'A', 'x', 1, 'SELLABLE'],
      [2, 'the file ends before this entry does'],
    ]));

  it('is the same in parts of any length', async () => {
    const file = bytes(
      '{"items":[{"sku":"A\\\\\\"","source_code":"é","quantity":1,"status":1}\r\n,{}]}',
    );
    const whole = await all(parseStockFile([file]));
    expect(whole.map(short)).toEqual([
      [1, 'A\\"', 'é', 1, 'SELLABLE'],
      [2, 'sku is empty'],
    ]);
    for (const size of [1, 2, 3, 5]) {
      const parts = Array.from({ length: Math.ceil(file.length / size) }, (_, at) =>
        file.subarray(at * size, (at + 1) * size),
      );
      expect(await all(parseStockFile(parts))).toEqual(whole);
    }
  });

  it('may be an empty list', () => expect(parsed(' [\n] ')).resolves.toEqual([]));
});

describe('a file that is none of these', () => {
  const known =
    'Known are: Adobe Commerce source items: source_code,sku,status,quantity as CSV or JSON; ' +
    'commercetools inventory entries: sku, quantityOnStock, supplyChannel as JSON; ' +
    'sku,location,quantity[,condition,name,product_class,supply_eta] as CSV or JSON.';

  it.each([
    ['', 'The file has no header'],
    ['\n\n', 'The file has no header'],
    ['item;place;count\nA;x;1', 'The header "item;place;count" is not known'],
    ['sku,quantity\nA,1', 'The header "sku,quantity" is not known'],
    // A column that nobody reads would be a mistake that nobody hears of.
    [
      'sku,location,quantity,conditon\nA,x,1,',
      'The header "sku,location,quantity,conditon" is not known',
    ],
    ['sku,location,quantity,sku\nA,x,1,B', 'The header "sku,location,quantity,sku" is not known'],
    ['[{"name":"A","stock":1}]', 'Entries with the fields "name,stock" are not known'],
    ['{"data":[{"sku":"A","quantity":1}]}', 'Entries with the fields "data" are not known'],
    ['[1]', 'The file has no entry that can be read'],
    ['{', 'The file has no entry that can be read'],
  ])('%j', async (file, what) => {
    await expect(parsed(file)).rejects.toThrow(`${what}. ${known}`);
  });

  it('is also one in another encoding', async () => {
    const latin1 = Uint8Array.from([...bytes(`${header}\nGr`), 0xf6, 0xdf, ...bytes('e,x,1\n')]);
    await expect(all(parseStockFile([latin1]))).rejects.toThrow('The file is not UTF-8 text.');
  });
});

describe('the samples', () => {
  const sample = (file: string, location?: string) =>
    all(
      parseStockFile(
        createReadStream(new URL(`samples/${file}`, import.meta.url)),
        parseLocationCode(location ?? ''),
      ),
    );

  it.each([
    ['adobe-commerce-source-items.json', 4, 3750],
    ['adobe-commerce-reassigned-source-items.json', 15, 10_199],
    ['commercetools-inventory-entry.json', 1, 4],
  ])('%s has %i rows and %i units', async (file, rows, units) => {
    const read = (await sample(file, 'main')) as CountedRow[];
    expect(read.map(({ type }) => type)).toEqual(Array(rows).fill('counted'));
    expect(read.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(units);
  });
});
