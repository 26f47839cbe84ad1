// Begins the replica set and makes the user that Holdfast is; changes nothing the second time.
const { MONGODB_ROOT_PASSWORD, MONGODB_PASSWORD } = process.env;
const member = 'mongodb:27017';
const root = `root:${encodeURIComponent(MONGODB_ROOT_PASSWORD)}`;
const databases = ['inventory', 'orders', 'holdfast'];

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
if (admin.getUser('holdfast') === null) {
  admin.createUser({
    user: 'holdfast',
    pwd: MONGODB_PASSWORD,
    roles: databases.map((db) => ({ role: 'readWrite', db })),
  });
}
print('the replica set runs, and Holdfast has its user');
