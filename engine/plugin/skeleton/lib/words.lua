-- What main.lua gets with require "words".
local words = {}

function words.greet(greeting, name)
  return text.tpl(greeting, {name = name})
end

return words
