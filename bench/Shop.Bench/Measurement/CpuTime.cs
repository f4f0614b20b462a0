namespace Shop.Bench.Measurement;

/// <summary>Processor time that a process and its children used, in seconds.</summary>
internal sealed record CpuTime(string Process, double Seconds);
