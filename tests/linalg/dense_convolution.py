"""Convolutions as explicit matrices, entry by entry from the definition: slow and plain."""

import torch


def circulant(kernel, grid, stride=(1, 1)):
    """y[o, p] = Σ K[o, i, q] x[i, (s p + q) mod n] as a matrix from all x to all y."""
    return _matrix(kernel, grid, (grid[0] // stride[0], grid[1] // stride[1]), stride, closed=True)


def zero_padded(kernel, grid, stride=(1, 1)):
    """The same with what lies outside of the map taken as 0 and the kernel centred (`same`)."""
    outputs = (-(-grid[0] // stride[0]), -(-grid[1] // stride[1]))
    return _matrix(kernel, grid, outputs, stride, closed=False)


def _matrix(kernel, grid, outputs, stride, *, closed):
    channels_out, channels_in, height, width = kernel.shape
    matrix = torch.zeros(channels_out, *outputs, channels_in, *grid, dtype=torch.float64)
    for p in torch.cartesian_prod(torch.arange(outputs[0]), torch.arange(outputs[1])).tolist():
        for q in torch.cartesian_prod(torch.arange(height), torch.arange(width)).tolist():
            down, across = p[0] * stride[0] + q[0], p[1] * stride[1] + q[1]
            if closed:
                down, across = down % grid[0], across % grid[1]
            else:
                down, across = down - height // 2, across - width // 2
            if 0 <= down < grid[0] and 0 <= across < grid[1]:
                matrix[:, p[0], p[1], :, down, across] += kernel[:, :, q[0], q[1]].double()
    return matrix.flatten(0, 2).flatten(1)
