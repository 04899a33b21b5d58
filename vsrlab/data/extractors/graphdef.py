"""The constants of a frozen TensorFlow graph, read without TensorFlow.

A frozen graph is one protocol buffer, GraphDef: nodes, each with a name, an operation and attributes; weights are
the "value" attributes of the nodes whose operation is Const (tensorflow/tensorflow, core/framework: graph.proto,
node_def.proto, attr_value.proto, tensor.proto).  A protocol buffer is a run of fields: a key (number and wire type),
then the value; https://protobuf.dev/programming-guides/encoding describes the four wire types.
"""
import numpy as np

_TYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8"}        # DataType of types.proto; others are passed over


def fields(data):
    """(field number, value) for each field: an int for a varint, a view of the bytes otherwise."""
    place, end = 0, len(data)
    while place < end:
        key, place = _varint(data, place)
        wire = key & 7
        if wire == 0:
            value, place = _varint(data, place)
            yield key >> 3, value
            continue
        if wire == 2:
            size, place = _varint(data, place)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"byte {place}: wire type {wire} is not of a protocol buffer")
        if place + size > end:
            raise ValueError(f"byte {place}: a field of {size} bytes runs over the end")
        yield key >> 3, data[place:place + size]
        place += size


def constants(data: bytes) -> dict:
    """name -> array, for every constant of floats or integers in a GraphDef."""
    found = {}
    for number, node in fields(memoryview(data)):
        if number == 1:                                                   # GraphDef.node
            name, value = _constant(node)
            if value is not None:
                found[name] = value
    return found


def _constant(node) -> tuple:
    """(name, array) of a node; None for the array when the node is no constant of a known type."""
    name, operation, value = "", "", None
    for number, part in fields(node):
        if number == 1:
            name = bytes(part).decode()
        elif number == 2:
            operation = bytes(part).decode()
        elif number == 5:                                                 # NodeDef.attr: a map entry, key and value
            entry = dict(fields(part))
            if bytes(entry[1]) == b"value":
                value = dict(fields(entry[2])).get(8)                     # AttrValue.tensor
    return name, _tensor(value) if operation == "Const" and value is not None else None


def _tensor(data):
    """A TensorProto with its numbers packed in tensor_content, or few of them in float_val (one stands for all)."""
    kind, shape, content, floats = None, (), None, []
    for number, part in fields(data):
        if number == 1:
            kind = _TYPES.get(part)
        elif number == 2:
            shape = tuple(dict(fields(size)).get(1, 0) for n, size in fields(part) if n == 2)
        elif number == 4:
            content = part
        elif number == 5:                                                 # float_val, packed or one by one
            floats.append(np.frombuffer(part, "<f4"))
    if kind is None or content is None and not floats:
        return None
    if content is not None:
        return np.frombuffer(content, kind).reshape(shape)
    values = np.concatenate(floats)
    return np.full(shape, values[0]) if values.size == 1 else values.reshape(shape)


def _varint(data, place: int) -> tuple:
    """(number, next place): seven bits a byte, least significant first, the eighth bit says that more follow."""
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place
