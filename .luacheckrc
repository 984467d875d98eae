-- Made by botd from the list of what scripts find; 'botd init' writes it.

stds.botd = { read_globals = {
  _G = { other_fields = true },
  "_VERSION",
  "after",
  "all",
  "assert",
  base64 = { fields = { "decode", "encode" } },
  bot = { fields = { "command", "commands", "config", "emit", "filter", "generation", "hear", "name", "on", "once", "poll", "raffle", "reload_reason", "room", "rooms", "session", "sessions", "spawn", "version" } },
  config = { fields = { "schema" } },
  coroutine = { fields = { "create", "resume", "running", "status", "wrap", "yield" } },
  cron = { fields = { "at", "cancel", "define", "every", "jobs", "list", "next", "once", "pause", "resume" } },
  csv = { fields = { "decode", "encode" } },
  "error",
  "every",
  "getmetatable",
  hash = { fields = { "equal", "hmac_sha256", "sha256" } },
  http = { fields = { "get", "hook", "json", "post", "request" } },
  i18n = { fields = { "language", "t" } },
  "ipairs",
  json = { fields = { "array", "decode", "encode", "null" } },
  kv = { fields = { "delete", "get", "incr", "ns", "scan", "set", "top", "update" } },
  log = { fields = { "debug", "error", "info", "warn" } },
  math = { fields = { "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "deg", "exp", "floor", "fmod", "frexp", "huge", "ldexp", "log", "log10", "max", "min", "mod", "modf", "pi", "pow", "rad", "random", "randomseed", "sin", "sinh", "sqrt", "tan", "tanh" } },
  metrics = { fields = { "count", "observe" } },
  mod = { fields = { "act", "case", "cases", "check", "ladder", "nuke", "permit", "rules", "undo" } },
  "next",
  os = { fields = { "clock", "date", "difftime", "time" } },
  "pairs",
  "pcall",
  "print",
  "race",
  "rawequal",
  "rawget",
  "rawlen",
  "rawset",
  re = { fields = { "compile", "escape" } },
  "require",
  rng = { fields = { "dice", "float", "int", "pick", "shuffle", "weighted" } },
  secret = { fields = { "get" } },
  "select",
  "setmetatable",
  shared = { fields = { "delete", "get", "incr", "ns", "scan", "set", "top", "update" } },
  "sleep",
  "state",
  string = { fields = { "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep", "reverse", "sub", "upper" } },
  table = { fields = { "concat", "foreach", "foreachi", "getn", "insert", "maxn", "remove", "sort" } },
  text = { fields = { "distance", "escape", "fold", "plural", "split", "table", "tpl", "truncate" } },
  time = { fields = { "ago", "duration", "format", "now", "parse", "span" } },
  "timeout",
  "tonumber",
  "tostring",
  "type",
  "unpack",
  url = { fields = { "decode", "encode", "join", "parse" } },
  "xpcall",
  yaml = { fields = { "decode" } },
} }

std = "botd"
max_line_length = false
unused_args = false  -- handlers get more than they need
exclude_files = { "data", ".botd" }

-- Tests run under botd test.
files["**/tests/*.lua"] = { read_globals = { "expect", test = { other_fields = true } } }
files["**/*_test.lua"] = files["**/tests/*.lua"]
