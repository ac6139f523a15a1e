// An E1.31 receiver and source of another author, told and telling in JSON lines.
// argv: our address, then the universes to receive. stdin: {"universe", "slots" as hex, "priority", "source", "to"}.
const { Receiver, Sender } = require('sacn');

const [here, ...universes] = process.argv.slice(2);
const tell = (words) => process.stdout.write(JSON.stringify(words) + '\n');

const receiver = new Receiver({ universes: universes.map(Number), iface: here, reuseAddr: true });
receiver.on('packet', (packet) => tell({
  universe: packet.universe, slots: packet.payloadAsBuffer.toString('hex'), priority: packet.priority,
  source: packet.sourceName, sequence: packet.sequence, options: packet.options, sync: packet.syncUniverse,
  cid: packet.cid.toString('hex'),
}));
for (const trouble of ['PacketCorruption', 'PacketOutOfOrder', 'error']) {
  receiver.on(trouble, (error) => tell({ trouble, reason: error.message }));
}

const senders = {};
require('readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  const { universe, slots, priority, source, to, cid } = JSON.parse(line);
  const sender = senders[`${universe} ${source}`] ??= new Sender(
    { universe, iface: to ? undefined : here, reuseAddr: !to, useUnicastDestination: to });
  const payload = Object.fromEntries([...Buffer.from(slots, 'hex')].map((value, slot) => [slot + 1, value]));
  await sender.send({ payload, sourceName: source, priority, useRawDmxValues: true,
    cid: cid && Buffer.from(cid, 'hex') });
});
receiver.socket.once('listening', () => setImmediate(() => tell({ ready: true })));    // it has joined by then
