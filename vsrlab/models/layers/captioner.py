"""Captioners beside the matcher: an image that can tell its caption holds what a caption talks about.

Captioner: the attention encoder-decoder that VSRN adds to its ranking loss (after Venugopalan et al., Sequence to Sequence -
Video to Text, ICCV 2015).  Teller: the decoder of GXN and SCO, which begins from one vector of the image.
"""
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.models.layers.blocks import Words, linear
from vsrlab.models.layers.gru import read


class Captioner(nn.Module):
    """Regions V* -> the likelihood of the caption, each word given those before it.

    Three departures from the official code, none of which changes the loss of a word: decoding stops at the longest
    caption of the batch (there always 59 steps), the attention's product with the regions is made once (there at
    every step), and one vocabulary product serves all steps.  One that does: the official mask asks for a <pad>
    after <end> as well, the loss here ends with <end>.
    """

    def __init__(self, dim: int, vocabulary: int, hidden: int = 512, word_dim: int = 300, dropout: float = 0.2,
                 longest: int = 60):
        """longest: words of a caption, <start> and <end> among them; a longer one is cut there, as in the code."""
        super().__init__()
        self.longest = longest
        self.dropout, self.enter = nn.Dropout(dropout), nn.Linear(dim, hidden)
        self.encoder = nn.GRU(hidden, hidden, batch_first=True)
        self.embed = nn.Embedding(vocabulary, word_dim)                          # a table of its own, as in the code
        self.of_region, self.of_state = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden, bias=False)
        self.strength = nn.Linear(hidden, 1, bias=False)
        self.decoder = nn.GRUCell(word_dim + hidden, hidden)
        self.out = nn.Linear(hidden, vocabulary)
        nn.init.xavier_normal_(self.enter.weight), nn.init.xavier_normal_(self.out.weight)

    def forward(self, regions: Tensor, mask: Tensor, words: Tensor, word_mask: Tensor) -> Tensor:
        """regions (B, R, D), words (B, W) -> minus the log-likelihood of a caption, summed over its words, mean over B."""
        width = min(int(word_mask.sum(1).max()), self.longest)                   # no step beyond the longest caption
        words, word_mask = words[:, :width], word_mask[:, :width]
        states, last = read(self.encoder, self.dropout(self.enter(regions)), mask)
        states, state = states[:, :, 0], last[:, 0]                              # (B, R, H), (B, H)
        keys, spelled, told = self.of_region(states), self.embed(words), []
        outside = None if bool(mask.all()) else ~mask
        for step in range(width - 1):                                            # teacher forcing
            strength = self.strength(torch.tanh(keys + self.of_state(state)[:, None]))[..., 0]      # (B, R)
            if outside is not None:
                strength = strength.masked_fill(outside, torch.finfo(strength.dtype).min)
            context = (torch.softmax(strength, -1)[:, None] @ states)[:, 0]      # (B, H)
            state = self.decoder(self.dropout(torch.cat([spelled[:, step], context], 1)), state)
            told.append(state)
        if not told:                                                             # no caption has a second word
            return keys.sum() * 0.0
        real = word_mask[:, 1:]
        logits = self.out(torch.stack(told, 1)[real])                            # (real words, vocabulary)
        return fn.cross_entropy(logits.float(), words[:, 1:][real], reduction="sum") / len(words)


class Teller(nn.Module):
    """A vector -> the likelihood of the caption, each word given those before it.

    h_0 = the vector (and an empty cell, of an LSTM),  h_t = cell(E y_t, h_{t-1}),  p(y_{t+1}) = softmax(W h_t + b).
    embed E, decoder the cell, out W and b.  own=False has neither E nor cell, and is given those of a reader of texts.
    """

    def __init__(self, vocabulary: int, word_dim: int, dim: int, cell: type = nn.GRU, own: bool = True, longest: int = 60):
        """cell: nn.GRU or nn.LSTM; longest: words of a caption, <start> and <end> among them; a longer one is cut there."""
        super().__init__()
        self.longest, self.out = longest, linear(dim, vocabulary)
        self.embed = Words(vocabulary, word_dim).embed if own else None
        self.decoder = cell(word_dim, dim, batch_first=True) if own else None

    def forward(self, start: Tensor, words: Tensor, mask: Tensor, embed=None, decoder=None) -> Tensor:
        """start (B, D), words (B, W), mask (B, W) -> minus the log-likelihood of a caption, summed over its words, mean over B."""
        width = min(int((mask * torch.arange(1, mask.shape[1] + 1, device=mask.device)).max()), self.longest)
        words, real = words[:, :width], mask[:, 1:width]
        if not bool(real.any()):                                                 # no caption has a second word
            return start.sum() * 0.0
        embed, decoder, h = embed or self.embed, decoder or self.decoder, start[None].contiguous()
        states, _ = decoder(embed(words[:, :-1]), (h, torch.zeros_like(h)) if isinstance(decoder, nn.LSTM) else h)
        logits = self.out(states[real])                                          # (real words, vocabulary)
        logits = logits.float() if logits.dtype != torch.float64 else logits
        return fn.cross_entropy(logits, words[:, 1:][real], reduction="sum") / len(words)
