using System.IO.Compression;

namespace Shop.Insights.Spans.Otlp;

/// <summary>Reads bodies up to the limit of their size, also when they are decompressed.</summary>
internal static class OtlpBodyReader
{
    /// <summary>The message to the sender of a body that is too large.</summary>
    public static readonly string TooLarge = $"The body may have at most {OtlpLimits.MaxBytes} bytes, also when it is decompressed.";

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="isCompressed">Whether it is compressed with gzip.</param>
    /// <param name="prefixBytes">The number of bytes before the content of the body, which do not count.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="OtlpLimitException">The body is too large.</exception>
    /// <exception cref="InvalidDataException">The body cannot be decompressed.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        Stream body, bool isCompressed, int prefixBytes, CancellationToken cancellationToken)
    {
        await using var decompressed = isCompressed ? new GZipStream(body, CompressionMode.Decompress, leaveOpen: true) : null;
        var source = decompressed ?? body;
        var content = new MemoryStream();
        var buffer = new byte[32 * 1024];
        while (await source.ReadAsync(buffer, cancellationToken) is > 0 and var length)
        {
            if (content.Length + length > OtlpLimits.MaxBytes + prefixBytes)
            {
                throw new OtlpLimitException(TooLarge);
            }

            content.Write(buffer, 0, length);
        }

        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }
}
