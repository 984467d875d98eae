--- secret.get works
--< opts.secrets = {token = "xyzzy1"}
same(secret.get("token"), "xyzzy1")

--- secret.get wrong: argument 1 (name): expected a string, got nil
secret.get()

--- secret.get fails: denied: secrets need the grant secrets
--< opts.grants = {"chat"}
return secret.get("token")

--- secret.get fails: not_found: no secret "token"; there are none: write secrets: {token: "${env:NAME}"} into the script's entry in config.yaml
return secret.get("token")
