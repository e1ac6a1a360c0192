'use strict';
// One room for SockJS and Socket.IO: /rooms and the default namespace.

const { expectSame } = require('../../lib/client.js');
const { Skipped } = require('../../lib/report.js');

const ARGUMENTS = [[], ['one'], [1, null, { deep: ['😀', '\u2028', 'a"b', '%41'] }], ['\ufffd', "'", 'NUL \u0000']];

module.exports = [
  {
    name: '/rooms: hears what a Socket.IO client sends to all',
    async run(t) {
      const [session, socket] = await meet(t);
      for (const args of ARGUMENTS) {
        await socket.emit('all', ...args);
        expectSame(JSON.parse(await session.message()), { name: 'all', args }, 'at the SockJS session');
        expectSame(await socket.next('all'), args, 'at the Socket.IO client');
      }
      await session.close();
    },
  },
  {
    name: '/rooms: is heard by a Socket.IO client, and by itself',
    async run(t) {
      const [session, socket] = await meet(t);
      for (const args of ARGUMENTS) {
        await session.send(JSON.stringify({ name: 'all', args }));
        expectSame(await socket.next('all'), args, 'at the Socket.IO client');
        expectSame(JSON.parse(await session.message()), { name: 'all', args }, 'at the SockJS session');
      }
      await session.close();
    },
  },
  {
    name: '/rooms: hears another SockJS session',
    async run(t) {
      const [session] = await meet(t);
      const other = await t.witness.open('/rooms', t.subject.transport);
      await other.send(JSON.stringify({ name: 'all', args: ['from', 'another'] }));
      expectSame(JSON.parse(await session.message()), { name: 'all', args: ['from', 'another'] }, 'event');
      await session.close();
      await other.close();
    },
  },
];

/** A SockJS session of the client under test, and a Socket.IO client, which no test before has left anything to. */
async function meet(t) {
  if (!t.server.hasRooms) throw new Skipped('the server has no /rooms');
  return [await t.open('/rooms'), await t.witness.socketIo()];
}
