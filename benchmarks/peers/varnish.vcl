# Varnish without its cache, but for what rows of stored answers ask for: what is
# measured is the way through. Everything else as shipped.
vcl 4.1;
backend origin {
    .host = "127.0.0.1";
    .port = "@ORIGIN@";
}
sub vcl_recv {
    # The answer known at once.
    if (req.url == "/local") { return (synth(200)); }
    if (req.url ~ "^/stored/") { return (hash); }
    return (pass);
}
sub vcl_backend_response {
    if (bereq.url ~ "json$") { set beresp.do_gzip = true; }
}
sub vcl_synth {
    if (req.url == "/local") {
        set resp.body = "";
        return (deliver);
    }
}
