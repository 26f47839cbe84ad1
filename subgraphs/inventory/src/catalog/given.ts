/** Facts of the master data in the words of the trade: what specs of inventory begin with. */
import type { ChannelCode, ClassCode, LocationCode } from '@holdfast/schema/identifiers';
import { parseChannelCode, parseClassCode, parseLocationCode } from '@holdfast/schema/identifiers';
import { catalogStream, defaultRules } from './catalog.ts';
import type { CatalogEvent, ClassRules } from './events.ts';

const known = <Code>(code: Code | undefined): Code => {
  if (code === undefined) throw new Error('not a code');
  return code;
};

export const locationCode = (text: string): LocationCode => known(parseLocationCode(text));
export const channelCode = (text: string): ChannelCode => known(parseChannelCode(text));
export const classCode = (text: string): ClassCode => known(parseClassCode(text));

/** The default channel prefers them in this order. */
export const [berlin, paris] = [locationCode('BER'), locationCode('PAR')];

const ofCatalog = (event: CatalogEvent) => ({ stream: catalogStream, event });

export const locationSaved = (code: LocationCode, name = `${code} store`) =>
  ofCatalog({ type: 'LocationSaved', id: `loc_${code}`, code, name, timeZone: 'UTC' });

export const channelSaved = (code: string, ...locations: readonly LocationCode[]) =>
  ofCatalog({ type: 'ChannelSaved', code: channelCode(code), name: code, locations });

/** As the class `default`, but for `rules`. */
export const classSaved = (code: string, rules: Partial<ClassRules> = {}) =>
  ofCatalog({ type: 'ClassSaved', code: classCode(code), rules: { ...defaultRules, ...rules } });

export const stores = [locationSaved(berlin), locationSaved(paris)];
