using Microsoft.Extensions.Logging;

namespace Shop.Tests.Support;

/// <summary>Log messages of tests, one of each kind.</summary>
internal static partial class TestLog
{
    [LoggerMessage(LogLevel.Information, "Text: {Text}", EventName = "test.text")]
    public static partial void WriteText(this ILogger log, string text);

    [LoggerMessage(LogLevel.Information, "Values: {Number}, {Order}, {Day}", EventName = "test.values")]
    public static partial void WriteValues(this ILogger log, int number, Guid order, DateTimeOffset day);

    [LoggerMessage(LogLevel.Debug, "Detail", EventName = "test.detail")]
    public static partial void WriteDetail(this ILogger log);

    [LoggerMessage(LogLevel.Warning, "Warning", EventName = "test.warning")]
    public static partial void WriteWarning(this ILogger log);

    [LoggerMessage(LogLevel.Error, "Error", EventName = "test.error")]
    public static partial void WriteError(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Error, "{Id} {First} {Second} {Third} {Fourth} {Fifth} {Sixth}", EventName = "test.large_error")]
    public static partial void WriteLargeError(
        this ILogger log, string id, string first, string second, string third, string fourth, string fifth, string sixth, Exception error);
}
