"""Runs an application that responds with its name, over HTTP or HTTPS.

usage: application.py NAME CERTIFICATE KEY PORT[/tls] ...
"""

import http.server
import ssl
import sys
import threading


def main(name, certificate, key, *ports):
    class Answer(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(200)
            self.send_header("content-length", str(len(name)))
            self.end_headers()
            self.wfile.write(name.encode())

        def log_message(self, *_):
            pass

    for port in ports:
        number, _, is_tls = port.partition("/")
        server = http.server.ThreadingHTTPServer(("0.0.0.0", int(number)), Answer)
        if is_tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever).start()


main(*sys.argv[1:])
