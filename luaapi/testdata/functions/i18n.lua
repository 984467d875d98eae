--- i18n.t works
same(i18n.t("greeting", {name = "ann"}), "Hello, ann!")
same(i18n.t("greeting", {name = "ann"}, {lang = "it"}), "Ciao, ann!")
same({i18n.t("votes", {n = 1}), i18n.t("votes", {n = 2}), i18n.t("missing.key")}, {"1 vote", "2 votes", "missing.key"})

--- i18n.t wrong: argument 2 (args): expected a table or an object, got the number 5
i18n.t("votes", 5)

--- i18n.t wrong: argument 3 (opts): lang: "x y" is
i18n.t("votes", nil, {lang = "x y"})

--- i18n.t cannot fail: knows

--- i18n.language works
same({i18n.language(), i18n.language{lang = "pt-BR"}}, {"en", "pt-BR"})

--- i18n.language wrong: argument 1 (opts): unknown option "language"
i18n.language{language = "it"}

--- i18n.language wrong: argument 1 (opts): room: expected a room, got the string "lobby"
i18n.language{room = "lobby"}

--- i18n.language cannot fail: knows
