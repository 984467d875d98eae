// A real socket.io 0.9.17 server on loopback. Each socket is joined to a TCP connection to
// BRIDGE: messages become lines of JSON, and lines become messages. Without BRIDGE it echoes
// events under their own names.
const net = require("net");
const { createRequire } = require("module");
const from = createRequire(process.env.MODULES + "/");
const http = require("http").createServer();
const io = from("socket.io").listen(http, {
  transports: ["websocket"], log: false, "browser client": false,
  "flash policy server": false, // it would open a port of its own
  "heartbeat interval": +process.env.HB || 25, "heartbeat timeout": +process.env.HBT || 60,
});
http.on("connection", c => c.on("error", () => {})); // a reset ends the process otherwise

function bridge(s) {
  const [host, port] = process.env.BRIDGE.split(":");
  const c = net.connect(+port, host);
  let rest = "";
  c.setEncoding("utf8");
  c.on("data", data => {
    const lines = (rest + data).split("\n");
    rest = lines.pop();
    for (const l of lines) s.emit("message", JSON.parse(l));
  });
  c.on("error", () => {});
  c.on("close", () => s.disconnect());
  s.on("message", m => c.write(JSON.stringify(m) + "\n"));
  s.on("disconnect", () => c.end());
}

function echo(s) {
  s.on("message", m => s.emit("message", m));
  s.on("ask", () => s.emit("question", 1, answer => s.emit("answered", answer === undefined)));
  s.on("add", (a, b, ack) => ack(a + b));
  s.on("kick", () => s.disconnect());
  s.on("text", () => s.send("plain:text"));
  s.on("json", () => s.json.send({ a: "b" }));
  s.on("big", n => s.emit("big", "x".repeat(n)));
}

io.sockets.on("connection", process.env.BRIDGE ? bridge : echo);
http.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + http.address().port));

// Counts what the transport sends and gets, for whoever asks: one line of JSON for a line.
const beats = { sent: 0, answered: 0 };
const transport = from("socket.io/lib/transport");
const heartbeat = transport.prototype.heartbeat, packet = transport.prototype.onMessage;
transport.prototype.heartbeat = function () { if (this.open) beats.sent++; return heartbeat.apply(this, arguments); };
transport.prototype.onMessage = function (p) { if (p.type === "heartbeat") beats.answered++; return packet.apply(this, arguments); };
process.stdin.on("data", () => console.log(JSON.stringify(beats)));
process.stdin.on("end", () => process.exit(0));
