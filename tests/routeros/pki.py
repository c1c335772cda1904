# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys and certificates of one run, made with openssl and ssh-keygen."""
import base64
import hashlib
import os
import subprocess

CONF = """[ca]
default_ca = d
[d]
new_certs_dir = .
database = index
serial = serial
default_md = sha256
policy = p
email_in_dn = no
unique_subject = no
[p]
commonName = supplied
[req]
distinguished_name = n
[n]
"""


def run(where, *words, stdin=None):
    done = subprocess.run(words, cwd=where, input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise SystemExit("fakeros: %s: %s" % (
            " ".join(words), done.stderr.decode(errors="replace")))
    return done.stdout


def start(where, *words):
    return words, subprocess.Popen(words, cwd=where, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)


def wait(jobs):
    for words, job in jobs:
        out = job.communicate()[0]
        if job.returncode:
            raise SystemExit("fakeros: %s: %s" % (
                " ".join(words), out.decode(errors="replace")))


def key_and_authority(d, name):
    return start(d, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                 "-keyout", name + ".key", "-out", name + ".pem", "-days",
                 "30", "-addext", "keyUsage=critical,keyCertSign,cRLSign")


def request(d, name):
    return start(d, "openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=router",
                 "-keyout", name + ".key", "-out", name + ".csr")


def certificate(d, out, authority, key, names, begin, end):
    """One at a time each: openssl ca keeps books."""
    books = os.path.join(d, "ca-" + out)
    os.mkdir(books)
    for name, text in (("index", ""), ("serial", "01\n"), ("conf", CONF),
                       ("ext", "subjectAltName=%s\n" % names)):
        with open(os.path.join(books, name), "w") as f:
            f.write(text)
    return start(books, "openssl", "ca", "-batch", "-config", "conf", "-notext",
                 "-cert", "../%s.pem" % authority, "-keyfile",
                 "../%s.key" % authority, "-in", "../%s.csr" % key, "-out",
                 "../%s.pem" % out, "-extfile", "ext", "-startdate", begin,
                 "-enddate", end)


def pin(d, name):
    der = run(d, "openssl", "pkey", "-in", name + ".key", "-pubout",
              "-outform", "DER")
    return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()


def ssh_key(d, name, kind, passphrase=""):
    bits = ["-b", "2048"] if kind == "rsa" else []
    return start(d, "ssh-keygen", "-q", "-t", kind, *bits, "-N", passphrase,
                 "-C", name, "-f", name)


def make(d):
    """Everything, in directory d."""
    old = os.umask(0o077)
    wait([key_and_authority(d, "ca"), key_and_authority(d, "ca_other"),
          request(d, "good"), request(d, "other"),
          ssh_key(d, "host_ed25519", "ed25519"),
          ssh_key(d, "host_ed25519_other", "ed25519"),
          ssh_key(d, "host_rsa", "rsa"), ssh_key(d, "host_rsa_other", "rsa"),
          ssh_key(d, "client", "ed25519"),
          ssh_key(d, "client_rsa", "rsa"),
          ssh_key(d, "client_locked", "ed25519", "open sesame"),
          ssh_key(d, "client_stranger", "ed25519")])
    here = "IP:127.0.0.1,DNS:localhost,DNS:router"
    past, now, later = "20200101000000Z", "20240101000000Z", "20450101000000Z"
    wait([certificate(d, "good", "ca", "good", here, now, later),
          certificate(d, "expired", "ca", "good", here, past, now),
          certificate(d, "wrong_san", "ca", "good", "IP:192.0.2.1,DNS:other",
                      now, later),
          certificate(d, "other", "ca_other", "other", here, now, later)])
    with open(os.path.join(d, "passphrase"), "w") as f:
        f.write("open sesame\n")
    os.umask(old)
