-- What a proxy answers by itself (RFC 9110, section 7.6.2).
wrk.method = "OPTIONS"
wrk.headers["Max-Forwards"] = "0"
