"""A captioner beside the matcher: regions that can tell their caption hold what a caption talks about.

The attention encoder-decoder that VSRN adds to its ranking loss (after Venugopalan et al., Sequence to Sequence - Video to
Text, ICCV 2015).
"""
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from vsrlab.models.gru import read


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
