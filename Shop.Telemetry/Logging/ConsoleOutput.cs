namespace Shop.Telemetry.Logging;

/// <summary>The streams that <see cref="JsonConsoleLoggerProvider"/> writes to.</summary>
internal sealed record ConsoleOutput(Stream Output, Stream Error);
