// The client hitbox-chat 0.1.5 in the channel CHANNEL as NAME with TOKEN. What it hears
// becomes lines of JSON; a line it reads is what it does: [verb, argument]. It finds the
// service by way of http_proxy.
const { createRequire } = require("module");
const from = createRequire(process.env.MODULES + "/");
const Client = from("hitbox-chat");
const say = (...what) => console.log(JSON.stringify(what));
const on = (emitter, name, prefix) => emitter.on(name, (...args) => say((prefix || "") + name, ...args));

const client = new Client({ name: process.env.NAME, token: process.env.TOKEN });
client.on("disconnect", () => say("disconnect"));
client.on("connect", () => {
  const channel = client.joinChannel(process.env.CHANNEL);
  for (const name of ["login", "chat", "motd", "slow", "info", "other"]) on(channel, name);
  channel.on("poll", poll => {
    say("poll", poll.question, poll.choices.map(c => c.text), poll.status);
    for (const name of ["pause", "start", "end"]) on(poll, name, "poll ");
    poll.on("vote", () => say("poll vote", poll.choices.map(c => c.votes), poll.voters));
  });
  channel.on("raffle", raffle => {
    say("raffle", raffle.question, raffle.status);
    for (const name of ["pause", "end", "win", "winner", "hide"]) on(raffle, name, "raffle ");
  });
  let rest = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", data => {
    const lines = (rest + data).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const [verb, argument] = JSON.parse(line);
      ({
        say: () => channel.sendMessage(argument),
        vote: () => channel.poll.vote(argument),
        enter: () => channel.raffle.vote(argument),
        leave: () => channel.leave(),
      })[verb]();
    }
  });
});
process.stdin.on("end", () => process.exit(0));
