"""What the benches compare with: the official programs' shape of the work, written anew from the equations.

Loops over captions, attended vectors that are built, 59 decoder steps whatever the captions, 1x1 convolutions.
"""
import torch
from torch import nn
from torch.nn import functional as fn


def caption_by_caption(images, texts, lengths, direction="t-i", temperature=9.0):
    """SCAN AVG scores (I, T): images (I, R, D), texts (T, W, D), one caption at a time against all images."""
    columns = []
    for text, length in zip(texts, lengths):
        words = text[:length].unsqueeze(0).repeat(len(images), 1, 1)             # (I, W, D)
        queries, parts = (words, images) if direction == "t-i" else (images, words)
        attention = fn.leaky_relu(parts @ queries.transpose(1, 2), 0.1)          # (I, parts, queries)
        attention = attention / (attention.pow(2).sum(2, keepdim=True).sqrt() + 1e-8)
        attention = torch.softmax(attention.transpose(1, 2).contiguous() * temperature, 2)
        attended = attention @ parts                                             # (I, queries, D)
        along = (queries * attended).sum(2)
        lengths_of_both = queries.norm(dim=2) * attended.norm(dim=2)
        columns.append((along / lengths_of_both.clamp(min=1e-8)).mean(1, keepdim=True))
    return torch.cat(columns, 1)


def words_of(text, words, lengths):
    """(T, W, D): the states of a bidirectional GRU by torch's own packed pass, the halves averaged, at unit length."""
    packed = nn.utils.rnn.pack_padded_sequence(text.embed(words), lengths, batch_first=True, enforce_sorted=False)
    states = nn.utils.rnn.pad_packed_sequence(text.gru(packed)[0], batch_first=True)[0]
    there, back = states.chunk(2, -1)
    return fn.normalize((there + back) / 2, dim=-1)


class Convolutions(nn.Module):
    """A reasoning layer over (B, D, R) with four 1x1 convolutions."""

    def __init__(self, dim):
        super().__init__()
        self.theta, self.phi, self.g, self.w = (nn.Conv1d(dim, dim, 1) for _ in range(4))
        self.norm = nn.BatchNorm1d(dim)
        nn.init.zeros_(self.norm.weight)

    def forward(self, v):
        affinity = self.theta(v).permute(0, 2, 1) @ self.phi(v) / v.shape[2]
        y = (affinity @ self.g(v).permute(0, 2, 1)).permute(0, 2, 1).contiguous()
        return self.norm(self.w(y)) + v


class OfficialShape(nn.Module):
    """VSRN with its captioner as the official program arranges the work: the loss of a step."""

    def __init__(self, features, vocabulary, dim, hidden=512, word_dim=300, steps=59):
        super().__init__()
        self.fc, self.layers = nn.Linear(features, dim), nn.Sequential(*(Convolutions(dim) for _ in range(4)))
        self.memory, self.norm = nn.GRU(dim, dim, batch_first=True), nn.BatchNorm1d(dim)
        self.embed, self.gru = nn.Embedding(vocabulary, word_dim), nn.GRU(word_dim, dim, batch_first=True)
        self.enter, self.encoder = nn.Linear(dim, hidden), nn.GRU(hidden, hidden, batch_first=True)
        self.spell, self.decoder = nn.Embedding(vocabulary, word_dim), nn.GRU(word_dim + hidden, hidden, batch_first=True)
        self.mix, self.strength = nn.Linear(2 * hidden, hidden), nn.Linear(hidden, 1, bias=False)
        self.out, self.drop, self.steps = nn.Linear(hidden, vocabulary), nn.Dropout(0.2), steps

    def forward(self, regions, words, lengths, margin=0.2):
        v = self.layers(self.fc(regions).permute(0, 2, 1)).permute(0, 2, 1)
        v = v / v.pow(2).sum(1, keepdim=True).sqrt()
        image = fn.normalize(self.norm(self.memory(v)[1][0]), dim=1)
        packed = nn.utils.rnn.pack_padded_sequence(self.embed(words), lengths, batch_first=True, enforce_sorted=False)
        scores = image @ fn.normalize(self.gru(packed)[1][0], dim=1).T
        diagonal, own = scores.diagonal(), torch.eye(len(scores), dtype=torch.bool)
        hinges = [(margin + scores - d).clamp(min=0).masked_fill(own, 0) for d in (diagonal[:, None], diagonal[None])]
        return hinges[0].amax(1).sum() + hinges[1].amax(0).sum() + self.caption(v, words, lengths)

    def caption(self, v, words, lengths):
        targets = fn.pad(words, (0, self.steps + 1 - words.shape[1]))
        states, hidden = self.encoder(self.drop(self.enter(v)))
        spelled, told = self.spell(targets), []
        for step in range(self.steps):
            both = torch.cat([states, hidden[0][:, None].repeat(1, states.shape[1], 1)], 2)
            attention = torch.softmax(self.strength(torch.tanh(self.mix(both))).squeeze(2), 1)
            context = (attention[:, None] @ states).squeeze(1)
            output, hidden = self.decoder(self.drop(torch.cat([spelled[:, step], context], 1))[:, None], hidden)
            told.append(fn.log_softmax(self.out(output.squeeze(1)), 1)[:, None])
        likelihood = torch.cat(told, 1).gather(2, targets[:, 1:, None])[..., 0]
        real = torch.arange(1, self.steps + 1) < lengths[:, None]
        return -(likelihood * real).sum() / len(words)
