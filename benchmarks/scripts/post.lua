-- POST of 200 bytes of JSON.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"note":"' .. string.rep("x", 189) .. '"}'
