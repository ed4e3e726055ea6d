// Preloaded into the origin of http-cache-tests, so that it listens on loopback alone.
import http from 'node:http'

const listen = http.Server.prototype.listen
http.Server.prototype.listen = function (port) {
  return listen.call(this, port, '127.0.0.1')
}
