local hm = require "hackmud"

test.case("texts are coloured and stripped", function()
  expect(hm.color("N", "name")):equals("`Nname`")
  expect(hm.color("red", 5)):equals("`D5`")
  expect(hm.strip("`LHi` `Nann`")):equals("Hi ann")
  expect(function() hm.color("purple!", "") end):raises()
end)
