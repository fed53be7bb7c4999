"""Truth or Backpropaganda as it was under review, where it says other things than as published."""
