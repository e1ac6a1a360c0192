'use strict';
// A Node.js process that is one old client: the agent over the process's message channel.
//
// Usage: node node-agent.js PACKAGE, started by node-host.js.

/** Carries out the commands that come from the driver, and ends with it. */
function answerCommands(agent) {
  process.on('message', ({ id, method, args }) => {
    try {
      process.send({ id, result: agent[method](...args) ?? null });
    } catch (error) {
      process.send({ id, error: String(error.stack) });
    }
  });
  process.on('disconnect', () => process.exit());
}

if (require.main === module) {
  require('./node-0.4.js');
  const { createAgent } = require('./agent.js');
  answerCommands(createAgent(require(process.argv[2]), (report) => process.send({ report })));
}

module.exports = { answerCommands };
