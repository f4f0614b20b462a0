namespace Shop.Telemetry.Logging;

/// <summary>The stream that <see cref="JsonConsoleLoggerProvider"/> writes to.</summary>
internal sealed record ConsoleOutput(Stream Stream);
