"""The benchmark's training step in PyTorch, one thread: answers each line of JSON on stdin by one on stdout."""

import json
import sys
import time

import torch

torch.set_num_threads(1)


class Model(torch.nn.Module):
    def __init__(self, cell, size, output):
        super().__init__()
        kind = torch.nn.LSTM if cell == "lstm" else torch.nn.RNN
        self.recurrent = kind(size["input"], size["hidden"], batch_first=True)
        self.readout = torch.nn.Linear(size["hidden"], output)

    def forward(self, inputs):
        states, _ = self.recurrent(inputs)
        return self.readout(states[:, -1])


class Training:
    def __init__(self, cell, size, common):
        torch.manual_seed(common["seed"])
        self.model = Model(cell, size, common["output"])
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=common["learningRate"])
        self.inputs = torch.rand(size["batch"], size["steps"], size["input"]) * 2 - 1
        self.targets = torch.arange(size["batch"]) % common["output"]
        self.run(1)

    def run(self, steps):
        start = time.perf_counter()
        for _ in range(steps):
            self.optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(self.model(self.inputs), self.targets)
            loss.backward()
            self.optimizer.step()
        return (time.perf_counter() - start) * 1000


def main():
    trainings = []
    for line in sys.stdin:
        question = json.loads(line)
        value = None
        try:
            if question["method"] == "prepare":
                trainings.append(Training(question["cell"], question["workload"], question["common"]))
                value = len(trainings) - 1
            elif question["method"] == "run":
                value = trainings[question["id"]].run(question["steps"])
            else:
                trainings[question["id"]] = None
            answer = {"value": value}
        except Exception as error:  # the driver tells it
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


main()
