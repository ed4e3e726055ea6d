# Varnish without its cache: what is measured is the way through. (With it, rows of
# cached answers.) Everything else as shipped.
vcl 4.1;
backend origin {
    .host = "127.0.0.1";
    .port = "@ORIGIN@";
}
sub vcl_recv {
    # The answer known at once.
    if (req.url == "/local") { return (synth(200)); }
    return (pass);
}
sub vcl_synth {
    if (req.url == "/local") {
        set resp.body = "";
        return (deliver);
    }
}
