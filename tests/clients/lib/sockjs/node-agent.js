'use strict';
// A Node.js process that is one SockJS client: the agent over the process's message channel.
//
// Usage: node node-agent.js PACKAGE, started by ../node-host.js.

const { answerCommands } = require('../node-agent.js');
const { createSockJsAgent } = require('./agent.js');
const { withSockJsInterface } = require('./node-0.1.js');

const library = require(process.argv[2]);
const SockJS = typeof library === 'function' ? library : withSockJsInterface(library);
// Sessions that are open at the end are closed then, which nobody wants to hear.
const report = (event) => process.send({ report: event }, () => {});
answerCommands(createSockJsAgent(SockJS, report));
