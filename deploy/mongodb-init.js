// Begins the replica set and makes the user that Holdfast is, with no more rights than it needs.
// Changes nothing the second time.
const { MONGODB_ROOT_PASSWORD, MONGODB_PASSWORD } = process.env;
const member = 'mongodb:27017';
const root = `root:${encodeURIComponent(MONGODB_ROOT_PASSWORD)}`;
const contexts = ['holdfast_inventory', 'holdfast_orders'];
const rows = ['streams', 'outcomes', 'checkpoints', 'documents', 'parked', 'positions', 'personal_keys'];

// A log is only ever added to: nobody who has this user can change or delete what was promised.
const adding = ['find', 'insert', 'createCollection', 'listIndexes'];
const keeping = [...adding, 'update', 'remove', 'createIndex'];
const on = (db, collection, actions) => ({ resource: { db, collection }, actions });

const direct = new Mongo(`mongodb://${root}@${member}/?authSource=admin&directConnection=true`);
try {
  direct.getDB('admin').runCommand({
    replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: member }] },
  });
} catch (error) {
  // From an earlier start.
  if (error.codeName !== 'AlreadyInitialized') throw error;
}

// Waits for the primary by itself.
const set = new Mongo(`mongodb://${root}@${member}/?authSource=admin&replicaSet=rs0`);
const admin = set.getDB('admin');
if (admin.getRole('holdfast') === null) {
  admin.createRole({
    role: 'holdfast',
    privileges: contexts.flatMap((db) => [
      on(db, 'log', adding),
      ...rows.map((collection) => on(db, collection, keeping)),
    ]),
    roles: [{ role: 'readWrite', db: 'holdfast_shared' }],
  });
}
if (admin.getUser('holdfast') === null) {
  admin.createUser({ user: 'holdfast', pwd: MONGODB_PASSWORD, roles: ['holdfast'] });
}
print('the replica set runs, and Holdfast has its user');
