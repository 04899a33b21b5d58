"""A GRU over the real parts of a sequence, and on a CPU one whose training step does not write its weights' gradient every step."""
import torch
from torch import Tensor, nn
from torch.nn import functional as fn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def read(gru: nn.GRU | nn.LSTM, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """x (N, P, F), mask (N, P) -> states (N, P, directions, D), last (N, directions, D).

    Masked parts are stepped over wherever they stand, and their states are zero.  `last` holds the forward
    state after the last real part and the backward state after the first.  Of an LSTM it is h, and its cell is not given.
    """
    learns = gru.training and torch.is_grad_enabled() and x.device.type == "cpu" and not torch.is_autocast_enabled("cpu")
    if learns and isinstance(gru, nn.GRU):
        return _steps(gru, x, mask)
    if bool(mask.all()):
        states, last = gru(x)
        last = last[0] if isinstance(last, tuple) else last                      # (h, cell) of an LSTM
        return states.unflatten(-1, (len(last), -1)), last.transpose(0, 1)
    scattered = bool((mask[:, 1:] > mask[:, :-1]).any())                         # a real part after a masked one
    order = torch.argsort(~mask, dim=1, stable=True)[..., None] if scattered else None      # real parts first, in their order
    lengths = mask.sum(1).clamp_min(1).cpu()                                     # packing wants them on the CPU
    x = x.take_along_dim(order, 1) if scattered else x
    states, last = gru(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
    last = last[0] if isinstance(last, tuple) else last
    states, _ = pad_packed_sequence(states, batch_first=True, total_length=x.shape[1])
    states = states.take_along_dim(order.argsort(1), 1) if scattered else states
    return (states * mask[..., None]).unflatten(-1, (len(last), -1)), last.transpose(0, 1)


@torch.no_grad()
def long_memory(gru: nn.GRU, steps: int):
    """Begin with units that forget over 1 to `steps` steps, and with candidates that hold nothing of their own.

    The bias of the update gate is the logarithm of a uniform draw (Tallec and Ollivier: Can recurrent neural networks
    warp time?, ICLR 2018).  Begun as torch does, every gate stands at one half, so that the last state holds the last
    two or three steps, and the same biases for every sequence: small runs take many epochs to leave that.
    """
    d = gru.hidden_size
    nn.init.zeros_(gru.bias_hh_l0), nn.init.zeros_(gru.bias_ih_l0)
    gru.bias_ih_l0[d:2 * d] = torch.empty(d).uniform_(1, steps - 1).log()


def _steps(gru: nn.GRU, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """What `read` returns, by Recurrence: x is packed and the states are laid out with one index each."""
    (n, p), directions = mask.shape, 1 + gru.bidirectional
    lengths, row = mask.sum(1).clamp_min(1).sort(descending=True, stable=True)   # (N,) longest first, and which sequence that is
    sizes = (lengths[:, None] > torch.arange(p)).sum(0)[:int(lengths[0])]        # (P,) sequences that are still running
    start = sizes.cumsum(0) - sizes                                              # (P,) where a step begins in the packed data
    step = torch.repeat_interleave(torch.arange(len(sizes)), sizes)              # (S,)
    rank = torch.arange(len(step)) - start[step]                                 # (S,) in the order of `lengths`
    mirror = start[lengths[rank] - 1 - step] + rank                              # (S,) the same part, read from the other end
    place = row[rank] * p + torch.argsort(~mask, dim=1, stable=True)[row[rank], step]    # (S,) in x: real parts first
    back, end = row.argsort(), start[lengths - 1] + torch.arange(n)
    packed, states, last, where = x.flatten(0, 1)[place], [], [], []
    for d, suffix in enumerate(("", "_reverse")[:directions]):
        w, u, b, c = (getattr(gru, f"{name}_l0{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        h = Recurrence.apply(fn.linear(packed[mirror] if d else packed, w, b), u, c, sizes.tolist())
        last.append(h[end[back]])
        states.append(h)
        where.append((place[mirror] if d else place) * directions + d)
    laid = x.new_zeros(n * p * directions, gru.hidden_size).index_copy(0, torch.cat(where), torch.cat(states))
    laid = laid.view(n, p, directions, -1)
    return (laid if bool(mask.any(1).all()) else laid * mask[..., None, None]), torch.stack(last, 1)


class Recurrence(torch.autograd.Function):
    """The steps of a GRU from its input products: x (S, 3D) packed, U (3D, D), c (3D,), sizes of the steps -> states (S, D).

    r = s(x_r + U_r h + c_r),  z = s(x_z + U_z h + c_z),  n = tanh(x_n + r (U_n h + c_n)),  h' = (1 - z) n + z h.
    Autograd would add the gradient of U, of D x 3D numbers, once a step; here it is one product after the last.
    """

    @staticmethod
    def forward(ctx, x, u, c, sizes):
        """Step by step, keeping what the gradient needs: the gates, U_n h + c_n, and the state before each step."""
        d = u.shape[1]
        r, z, n, m, before, states = (x.new_empty(len(x), d) for _ in range(6))
        h, at = x.new_zeros(sizes[0], d), 0
        for size in sizes:
            here, old = slice(at, at + size), h[:size]
            of_h = torch.addmm(c, old, u.T)
            torch.sigmoid(x[here, :d] + of_h[:, :d], out=r[here])
            torch.sigmoid(x[here, d:2 * d] + of_h[:, d:2 * d], out=z[here])
            m[here], before[here] = of_h[:, 2 * d:], old
            torch.tanh(torch.addcmul(x[here, 2 * d:], r[here], m[here]), out=n[here])
            h = torch.lerp(n[here], old, z[here], out=states[here])
            at += size
        ctx.save_for_backward(u, r, z, n, m, before)
        ctx.sizes = sizes
        return states

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        """From the last step to the first; what goes to U and c is gathered, and multiplied once."""
        u, r, z, n, m, before = ctx.saved_tensors
        d, at = u.shape[1], len(gradient)
        of_x, of_h = gradient.new_empty(at, 3 * d), gradient.new_empty(at, 3 * d)
        carried = gradient.new_zeros(ctx.sizes[0], d)
        slopes = r * (1 - r), z * (1 - z) * (before - n), (1 - z) * (1 - n * n)  # of reset and update, and of what is new
        for size in reversed(ctx.sizes):
            at -= size
            here = slice(at, at + size)
            of_state = carried[:size] + gradient[here]
            new = torch.mul(of_state, slopes[2][here], out=of_x[here, 2 * d:])
            torch.mul(of_state, slopes[1][here], out=of_x[here, d:2 * d])
            torch.mul(new * m[here], slopes[0][here], out=of_x[here, :d])
            of_h[here, :2 * d] = of_x[here, :2 * d]
            torch.mul(new, r[here], out=of_h[here, 2 * d:])
            carried[:size] = torch.addmm(of_state * z[here], of_h[here], u)
        return of_x, of_h.T @ before, of_h.sum(0), None
