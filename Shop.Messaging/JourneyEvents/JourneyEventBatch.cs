using System.Text.Json;
using OpenTelemetry.PersistentStorage.FileSystem;

namespace Shop.Messaging.JourneyEvents;

/// <summary>
/// Events that are published in one message. The body, a JSON array, is in memory or in a file. The number of events is known when the
/// body was in memory once.
/// </summary>
internal sealed class JourneyEventBatch
{
    private byte[]? _body;

    private JourneyEventBatch()
    {
    }

    /// <summary>The number of events; 0 for a file of an earlier process that was not read yet.</summary>
    public int Count { get; private set; }

    /// <summary>The file; <see langword="null"/> if the batch is in memory only.</summary>
    public FileBlob? File { get; private set; }

    /// <summary>Whether the file was read and is not a batch. It will not become one.</summary>
    public bool IsInvalid { get; private set; }

    /// <summary>Whether the batch was sent before and not confirmed.</summary>
    public bool WasSent { get; set; }

    public static JourneyEventBatch FromEvents(List<byte[]> events)
    {
        // Brackets, and a comma between two events.
        var body = new byte[events.Sum(item => item.Length) + events.Count + 1];
        var position = 0;
        foreach (var item in events)
        {
            body[position] = (byte)(position == 0 ? '[' : ',');
            item.CopyTo(body, position + 1);
            position += item.Length + 1;
        }

        body[position] = (byte)']';
        return new() { _body = body, Count = events.Count };
    }

    public static JourneyEventBatch FromFile(FileBlob file) => new() { File = file };

    /// <summary>Returns the body; <see langword="null"/> if its file cannot be read, or is not a batch.</summary>
    public byte[]? ReadBody()
    {
        if (_body is not null)
        {
            return _body;
        }

        if (File is null || !File.TryRead(out var body))
        {
            return null;
        }

        Count = CountEvents(body);
        IsInvalid = Count == 0;
        return IsInvalid ? null : body;
    }

    /// <summary>Replaces the body in memory by the file that has it.</summary>
    public void MoveTo(FileBlob file) => (File, _body) = (file, null);

    // Also finds a file that a failure of the machine has truncated.
    private static int CountEvents(byte[] body)
    {
        try
        {
            var json = new Utf8JsonReader(body);
            var count = 0;
            if (!json.Read() || json.TokenType is not JsonTokenType.StartArray)
            {
                return 0;
            }

            while (json.Read() && json.TokenType is JsonTokenType.StartObject)
            {
                json.Skip();
                count++;
            }

            return json.TokenType is JsonTokenType.EndArray && !json.Read() ? count : 0;
        }
        catch (JsonException)
        {
            return 0;
        }
    }
}
