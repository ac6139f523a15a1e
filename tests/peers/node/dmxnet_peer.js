// An Art-Net node and controller of another author, told and telling in JSON lines.
// argv: our address, then the Port-Addresses to put out. stdin: {"universe", "to", "slots" as hex}.
const { dmxnet } = require('dmxnet');

const [here, ...universes] = process.argv.slice(2);
const tell = (words) => process.stdout.write(JSON.stringify(words) + '\n');
const split = (universe) => ({ net: universe >> 8, subnet: (universe >> 4) & 15, universe: universe & 15 });

const all = new dmxnet({ log: { level: 'error' }, sName: 'dmxnet', lName: 'their node', hosts: [here] });
for (const universe of universes.map(Number)) {
  all.newReceiver(split(universe)).on('data', (slots) => {
    tell({ universe, slots: Buffer.from(slots).toString('hex') });
  });
}
setInterval(() => tell({ controllers: all.controllers.map((each) => each.ip) }), 200);

const senders = {};
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { universe, to, slots } = JSON.parse(line);
  senders[universe] ??= all.newSender({ ip: to, base_refresh_interval: 800, ...split(universe) });
  Buffer.from(slots, 'hex').forEach((value, slot) => senders[universe].prepChannel(slot, value));
  senders[universe].transmit();
});
all.listener4.once('listening', () => tell({ ready: true }));
