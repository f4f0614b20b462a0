using System.Text;

namespace Shop.Insights.Spans.Otlp;

/// <summary>Writes the few messages of responses in the encoding of Protocol Buffers.</summary>
internal static class ProtobufWriter
{
    /// <summary>Creates an <c>ExportTraceServiceResponse</c>.</summary>
    public static byte[] CreateResponse(OtlpResult result) =>
        // partial_success = 1 { rejected_spans = 1, error_message = 2 }
        result.Rejected == 0 ? [] : CreateMessage(1, [.. CreateNumber(1, result.Rejected), .. CreateText(2, result.Message)]);

    /// <summary>Creates a field that is a number of 0 or more.</summary>
    public static byte[] CreateNumber(int field, int number) => [(byte)(field << 3), .. CreateVarint(number)];

    /// <summary>Creates a field that is a text.</summary>
    public static byte[] CreateText(int field, string? text) => CreateMessage(field, Encoding.UTF8.GetBytes(text ?? ""));

    /// <summary>Creates a field that is a message, from the fields of the message.</summary>
    public static byte[] CreateMessage(int field, byte[] content) =>
        [(byte)((field << 3) | 2), .. CreateVarint(content.Length), .. content];

    private static byte[] CreateVarint(int number)
    {
        var bytes = new List<byte>();
        for (; number >= 0x80; number >>= 7)
        {
            bytes.Add((byte)(number | 0x80));
        }

        bytes.Add((byte)number);
        return [.. bytes];
    }
}
