--- test_user:says works
t:load("answers.lua")
expect(ann:says("!ping 1").text):equals("!ping 1")
room:expect("pong 1")

--- test_user:says wrong: argument 1 (text): expected a string, got nil
ann:says()

--- test_user:says fails: test_user:says: ann is not in the room; call :joins() first
ann:leaves()
ann:says("hello")

--- test_user:whispers works
t:load("answers.lua")
ann:whispers("!ping 1")
ann:expect("pong 1")

--- test_user:whispers wrong: argument 1 (text): expected a string, got a table
ann:whispers({})

--- test_user:whispers fails: test_user:whispers: ann is not in the room; call :joins() first
ann:leaves()
ann:whispers("hello")

--- test_user:emotes works
t:load("answers.lua")
ann:emotes("waves")
room:expect("ann waves")

--- test_user:emotes wrong: argument 1 (text): expected a string, got nil
ann:emotes()

--- test_user:emotes fails: test_user:emotes: ann is not in the room; call :joins() first
ann:leaves()
ann:emotes("waves")

--- test_user:edits works
t:load("answers.lua")
ann:edits(ann:says("one"), "two")
room:expect("edited: two")

--- test_user:edits wrong: argument 1 (message): expected a test_message, got the string "one"
ann:edits("one", "two")

--- test_user:edits cannot fail: tells

--- test_user:deletes works
t:load("answers.lua")
ann:deletes(ann:says("one"))
room:expect("deleted by ann")

--- test_user:deletes wrong: argument 1 (message): expected a test_message, got nil
ann:deletes()

--- test_user:deletes cannot fail: tells

--- test_user:reacts works
t:load("answers.lua")
ann:reacts(bob:says("one"), "👍")
room:expect("thanks for 👍")

--- test_user:reacts wrong: argument 2 (emoji): expected a string, got nil
ann:reacts(bob:says("one"))

--- test_user:reacts cannot fail: tells

--- test_user:joins works
local eve = room:user("eve")
eve:leaves()
t:load("answers.lua")
eve:joins()
room:expect("welcome eve")
expect(eve.here):is_true()

--- test_user:joins wrong: call it with a colon, as in test_user:joins(…)
ann.joins()

--- test_user:joins cannot fail: tells

--- test_user:leaves works
t:load("answers.lua")
ann:leaves("to bed")
room:expect("bye ann to bed")
expect(ann.here):is_false()

--- test_user:leaves wrong: argument 1 (reason): expected a string, got true
ann:leaves(true)

--- test_user:leaves cannot fail: tells

--- test_user:renames works
t:load("answers.lua")
ann:renames("anna")
room:expect("ann is anna")
expect(ann.name):equals("anna")

--- test_user:renames wrong: argument 1 (text): expected a string, got nil
ann:renames()

--- test_user:renames cannot fail: tells

--- test_user:becomes works
t:load("answers.lua")
bob:becomes("admin")
room:expect("bob is admin")
expect(bob.role):equals("admin")

--- test_user:becomes wrong: argument 1 (role): no role "boss"
bob:becomes("boss")

--- test_user:becomes cannot fail: tells

--- test_user:expect works
t:load("answers.lua")
ann:says("!psst")
expect(ann:expect("secret", {exact = true}).kind):equals("whisper")

--- test_user:expect wrong: argument 1 (text): expected a string, got nil
ann:expect()

--- test_user:expect fails: the bot did not say "secret"
ann:expect("secret")

--- test_user:expect_nothing works
ann:says("hello")
ann:expect_nothing()

--- test_user:expect_nothing wrong: call it with a colon, as in test_user:expect_nothing(…)
ann.expect_nothing()

--- test_user:expect_nothing fails: expected no whisper to ann
t:load("answers.lua")
ann:says("!psst")
ann:expect_nothing()
