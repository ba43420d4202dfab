"""A hub on this machine: repositories in memory, a second host for large files, and faults on request.

It speaks what the Hugging Face tools ask for: file lists, HEAD and GET of files with ranges, redirects to large-file
storage. It writes down every request with its headers.
"""
import collections
import hashlib
import http.server
import json
import re
import threading
import time
import urllib.parse

TOKEN = "hf_secretsecretsecret"
LARGE = (".safetensors", ".bin", ".parquet", ".gguf")


def git_sha1(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def is_large(name):
    return name.endswith(LARGE)


def etag(name, content):
    return hashlib.sha256(content).hexdigest() if is_large(name) else git_sha1(content)


Seen = collections.namedtuple("Seen", "host method path headers")


class Fault:
    """What goes wrong with a request, as often as `times` says (None: always).

    status: answer with it · cut: close after so many bytes of the body · length: announce that many more bytes ·
    corrupt: change a byte · endless: never stop · slow: seconds between bytes · gzip: say that the body is packed ·
    ignore_range: send everything · headers: more headers · location: send there · body: this in place of the content
    """

    def __init__(self, times=None, **what):
        self.left, self.what = times, what

    def take(self):
        if self.left == 0:
            return None
        if self.left is not None:
            self.left -= 1
        return self.what


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        hub, path = self.server.hub, urllib.parse.urlsplit(self.path).path
        hub.seen.append(Seen(self.server.name, self.command, self.path, dict(self.headers)))
        fault = hub.fault(self.server.name, self.command, path)
        try:
            if "status" in fault:
                self.reply(fault["status"], fault.get("body", b"no"), fault)
            elif "location" in fault:
                self.reply(302, b"", {"headers": {"Location": fault["location"]} | fault.get("headers", {})})
            elif self.server.name == "storage":
                self.content(hub.storage[path.strip("/")], {}, fault)
            elif path.startswith("/api/"):
                self.api(path, fault)
            else:
                self.resolve(path, fault)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def finish(self):
        try:
            super().finish()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client had enough

    def api(self, path, fault):
        known = re.match(r"/api/(model|dataset)s/([^/]+)/([^/]+)/(tree|revision)/([^/]+)$", path)
        if known is None:
            return self.refuse("EntryNotFound")
        kind, owner, name, verb, revision = map(urllib.parse.unquote, known.groups())
        found = self.server.hub.find(kind, f"{owner}/{name}", revision)
        if isinstance(found, str):
            return self.refuse(found)
        commit, files = found
        if verb == "tree":
            listed = [{"type": "file", "path": n, "size": len(c), "oid": git_sha1(c)} |
                      ({"lfs": {"oid": etag(n, c), "size": len(c), "pointerSize": 134}} if is_large(n) else {})
                      for n, c in files.items()]
        else:
            listed = {"id": f"{owner}/{name}", "sha": commit, "siblings": [
                {"rfilename": n, "size": len(c), "blobId": git_sha1(c)} |
                ({"lfs": {"sha256": etag(n, c), "size": len(c), "pointerSize": 134}} if is_large(n) else {})
                for n, c in files.items()]}
            listed |= fault.get("change", {})
        self.content(json.dumps(listed).encode(), {"Content-Type": "application/json"}, fault)

    def resolve(self, path, fault):
        kind, owner, name, revision, file = re.match(
            r"/(datasets/)?([^/]+)/([^/]+)/resolve/([^/]+)/(.*)$", path).groups()
        file, revision = urllib.parse.unquote(file), urllib.parse.unquote(revision)
        found = self.server.hub.find("dataset" if kind else "model", f"{owner}/{name}", revision)
        if isinstance(found, str):
            return self.refuse(found)
        commit, files = found
        if file not in files:
            return self.refuse("EntryNotFound", {"X-Repo-Commit": commit})
        content, headers = files[file], {"X-Repo-Commit": commit, "ETag": f'"{etag(file, files[file])}"'}
        if not is_large(file):
            return self.content(content, headers, fault)
        digest = etag(file, content)
        self.server.hub.storage[digest] = content
        headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content)), "ETag": '"other"',
                    "Location": f"{self.server.hub.storage_url}/{digest}?Signature=verysecret"}
        self.reply(302, b"Found", {"headers": headers | fault.get("headers", {})})

    def refuse(self, code, headers=None):
        status = {"GatedRepo": 403, "RepoNotFound": 401}.get(code, 404)
        self.reply(status, b'{"error":"no"}', {"headers": {"X-Error-Code": code} | (headers or {})})

    def reply(self, status, body, fault):
        self.send_response(status)
        for key, value in fault.get("headers", {}).items():
            self.send_header(key, value)
        if not fault.get("endless"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def content(self, content, headers, fault):
        first = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and not fault.get("ignore_range"):
            first = int(asked.group(1))
            if first >= len(content):
                return self.reply(416, b"", {"headers": {"Content-Range": f"bytes */{len(content)}"}})
            headers = headers | {"Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"}
        body = content[first:]
        if fault.get("corrupt"):
            body = bytes([body[0] ^ 1]) + body[1:]
        self.send_response(206 if "Content-Range" in headers else 200)
        for key, value in (headers | fault.get("headers", {})).items():
            self.send_header(key, value)
        if fault.get("gzip"):
            self.send_header("Content-Encoding", "gzip")
        if not fault.get("endless"):
            self.send_header("Content-Length", str(len(body) + fault.get("length", 0)))
        self.end_headers()
        if self.command == "GET":
            self.send_body(body, fault)

    def send_body(self, body, fault):
        if fault.get("endless"):
            self.close_connection = True
            for _ in range(1 << 14):
                self.wfile.write(b"x" * 65536)
        if "slow" in fault:
            for i in range(len(body)):
                self.wfile.write(body[i:i + 1])
                time.sleep(fault["slow"])
        self.wfile.write(body[:fault.get("cut", len(body))])
        if "cut" in fault or "length" in fault:
            self.close_connection = True


class MockHub:
    """Use as a context manager: two servers on this machine run until it ends."""

    def __init__(self):
        self.seen, self.faults, self.storage, self.repositories, self.gated = [], [], {}, {}, set()
        self.servers = {}

    def __enter__(self):
        for name in ("hub", "storage"):
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            server.daemon_threads, server.hub, server.name = True, self, name
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
            self.servers[name] = server
        return self

    def __exit__(self, *_):
        for server in self.servers.values():
            server.shutdown()
            server.server_close()

    def url(self, name):
        return f"http://127.0.0.1:{self.servers[name].server_address[1]}"

    @property
    def endpoint(self):
        return self.url("hub")

    @property
    def storage_url(self):
        return self.url("storage")

    def add(self, kind, identity, files, refs=("main",)):
        """Add a commit and let refs stand for it; gives its digits."""
        commit = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()
        commits, names = self.repositories.setdefault((kind, identity), ({}, {}))
        commits[commit] = files
        names.update(dict.fromkeys(refs, commit))
        return commit

    def find(self, kind, identity, revision):
        """Commit and files, or the hub's word for why not."""
        if identity in self.gated:
            return "GatedRepo"
        if (kind, identity) not in self.repositories:
            return "RepoNotFound"
        commits, names = self.repositories[kind, identity]
        commit = names.get(revision, revision)
        return (commit, commits[commit]) if commit in commits else "RevisionNotFound"

    def fail(self, where, times=None, method="GET", host="hub", **what):
        """Let requests whose path holds `where` go wrong."""
        self.faults.append((host, method, where, Fault(times, **what)))

    def fault(self, host, method, path):
        for on_host, on_method, where, fault in self.faults:
            if (on_host, on_method) == (host, method) and where in path:
                what = fault.take()
                if what is not None:
                    return what
        return {}

    def asked(self, method, part, host=None):
        return [s for s in self.seen if s.method == method and part in s.path and host in (None, s.host)]
