// socket.io 0.9 expects a global of long ago.
process.EventEmitter = require("events");
