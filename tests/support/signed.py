"""Pictures signed by C2PA's own library, with certificates that are made here and trusted by nobody.

https://opensource.contentauthenticity.org/docs/c2pa-python/, certificates: C2PA specification, section 14.5.1.
"""

from __future__ import annotations

import datetime
import functools
import io
import json
from typing import Any, Final

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MIME: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif", "AVIF": "image/avif"}
_BEGIN: Final = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
_END: Final = datetime.datetime(2056, 1, 1, tzinfo=datetime.UTC)


def signed(data: bytes, format_: str, kind: str = "trainedAlgorithmicMedia") -> bytes:
    """Return the file with a manifest that says it was created by AI."""
    action = {
        "action": "c2pa.created",
        "digitalSourceType": f"http://cv.iptc.org/newscodes/digitalsourcetype/{kind}",
    }
    manifest = {
        "claim_generator_info": [{"name": "painter", "version": "1"}],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    target = io.BytesIO()
    with c2pa.Builder(json.dumps(manifest)) as builder:
        builder.sign(_signer(), MIME[format_], io.BytesIO(data), target)
    return target.getvalue()


def state(data: bytes, format_: str) -> str | None:
    """Return what C2PA's library says of a file's manifest, such as ``"Valid"``; None if there is no manifest."""
    try:
        reader = c2pa.Reader(MIME[format_], io.BytesIO(data))
    except c2pa.C2paError.ManifestNotFound:
        return None
    with reader:
        return str(json.loads(reader.json())["validation_state"])


@functools.cache
def _signer() -> Any:
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Root", root_key.public_key(), root_key, is_root=True)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = _certificate("Painter", key.public_key(), root_key, is_root=False)
    chain = b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in (leaf, root))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, chain, private, None))


def _certificate(
    name: str, public_key: ec.EllipticCurvePublicKey, issuer_key: ec.EllipticCurvePrivateKey, *, is_root: bool
) -> x509.Certificate:
    usage = x509.KeyUsage(not is_root, False, False, False, False, is_root, is_root, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named("Root"))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BEGIN)
        .not_valid_after(_END)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not is_root:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Retouch")
    return x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, name)])
