using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Serialization;

namespace Shop.AppHost.Infrastructure.Commands;

/// <summary>Adds the commands that replay and discard the messages in the error queues of a service (docs/error-queues.md).</summary>
internal static class ErrorQueueCommands
{
    /// <summary>Adds the commands <c>replay-errors</c> and <c>discard-errors</c>.</summary>
    /// <param name="service">A service that handles messages.</param>
    /// <param name="identity">The service that issues the token of staff.</param>
    public static IResourceBuilder<ProjectResource> WithErrorQueueCommands(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<ProjectResource> identity) => service
        .WithStaffCommand(
            identity,
            "management",
            "replay-errors",
            "Replay failed messages",
            new()
            {
                Description = "Returns the messages of all error queues of this service to their queues.",
                IconName = "ArrowRepeatAll",
            },
            async (client, context) =>
                $"{Describe(await SumAsync(client, ReplayAsync, context.CancellationToken))} replayed.")
        .WithStaffCommand(
            identity,
            "management",
            "discard-errors",
            "Discard failed messages",
            new()
            {
                Description = "Deletes the messages of all error queues of this service.",
                IconName = "DeleteDismiss",
                ConfirmationMessage =
                    "Delete all failed messages of this service? A checkout that has not become an order is lost with its message.",
            },
            async (client, context) =>
                $"{Describe(await SumAsync(client, DiscardAsync, context.CancellationToken))} discarded.");

    private static async Task<int> SumAsync(
        HttpClient client, Func<HttpClient, string, CancellationToken, Task<int>> execute, CancellationToken cancellationToken)
    {
        var sum = 0;
        foreach (var queue in (await client.GetFromJsonAsync<List<Queue>>("/admin/errors", cancellationToken))!.Where(x => x.Count > 0))
        {
            sum += await execute(client, $"/admin/errors/{queue.Name}", cancellationToken);
        }

        return sum;
    }

    private static async Task<int> ReplayAsync(HttpClient client, string path, CancellationToken cancellationToken)
    {
        using var response = await client.PostAsync($"{path}/replay-all", content: null, cancellationToken);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<Replay>(cancellationToken))!.Replayed;
    }

    // A list has up to 200 messages, and messages with the same id are deleted together.
    private static async Task<int> DiscardAsync(HttpClient client, string path, CancellationToken cancellationToken)
    {
        var discarded = 0;
        while (await client.GetFromJsonAsync<List<Message>>(path, cancellationToken) is { Count: > 0 } messages)
        {
            foreach (var message in messages)
            {
                using var response = await client.DeleteAsync($"{path}?id={Uri.EscapeDataString(message.Id)}", cancellationToken);
                if (response.StatusCode is not HttpStatusCode.NotFound)
                {
                    response.EnsureSuccessStatusCode();
                }
            }

            discarded += messages.Count;
        }

        return discarded;
    }

    private static string Describe(int messages) => messages is 1 ? "1 message" : $"{messages} messages";

    private sealed record Queue([property: JsonPropertyName("queue")] string Name, int Count);

    private sealed record Message(string Id);

    private sealed record Replay(int Replayed);
}
