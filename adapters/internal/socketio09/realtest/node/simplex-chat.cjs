// The SDK simplex-chat 0.2.1 with the program at URL. A line it reads is a call of the
// client: [method, argument, …]; what became of it is printed as ["ok"], ["undefined"] or
// ["throws", type of the response].
const { createRequire } = require("module");
const from = createRequire(process.env.MODULES + "/");
const { ChatClient } = from("simplex-chat");

(async () => {
  const client = await ChatClient.create(process.env.URL);
  (async () => { for await (const event of client.msgQ) void event; })(); // with 17 unread ones all answers wait
  console.log(JSON.stringify(["connected"]));
  const lines = require("readline").createInterface({ input: process.stdin });
  for await (const line of lines) {
    const [method, ...args] = JSON.parse(line);
    let said;
    try {
      const result = await client[method](...args);
      said = result === undefined ? ["undefined"] : ["ok"];
    } catch (e) {
      if (!e.response) throw e;
      said = ["throws", e.response.type];
    }
    console.log(JSON.stringify(said));
  }
  process.exit(0);
})();
