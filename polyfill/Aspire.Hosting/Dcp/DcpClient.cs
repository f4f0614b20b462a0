using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Aspire.Hosting.Dcp;

/// <summary>DCP's API, as far as it is used here.</summary>
internal sealed class DcpClient : IDisposable
{
    private static readonly MediaTypeHeaderValue _mergePatch = new("application/merge-patch+json");

    private readonly HttpClient _http;

    public DcpClient(Uri server, string token, DcpCertificate certificate)
    {
#pragma warning disable CA2000, CA5399 // The client owns and disposes its handler; trust is: the very certificate just made, nothing else.
        var handler = new SocketsHttpHandler
        {
            // Watches and logs hold many streams open at once.
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => certificate.IsSameAs(shown) },
        };
#pragma warning restore CA2000, CA5399

        _http = new HttpClient(handler)
        {
            BaseAddress = server,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
        };
        _http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    public async Task<T> CreateAsync<T>(string kind, T value, CancellationToken cancellationToken)
    {
        using var response = await RetryFirstAsync(
            () => _http.PostAsJsonAsync(Path(kind), value, DcpJson.Options, cancellationToken), cancellationToken);

        return await ReadAsync<T>(response, cancellationToken);
    }

    public async Task<T?> GetAsync<T>(string kind, string name, CancellationToken cancellationToken) where T : class
    {
        using var response = await _http.GetAsync(Path(kind, name), cancellationToken);

        return response.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync<T>(response, cancellationToken);
    }

    public async Task PatchAsync(string kind, string name, JsonObject change, CancellationToken cancellationToken) =>
        await PatchAsync(Path(kind, name), change, cancellationToken);

    /// <summary>False when there is no such object.</summary>
    public async Task<bool> DeleteAsync(string kind, string name, CancellationToken cancellationToken)
    {
        using var response = await _http.DeleteAsync(Path(kind, name), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        await EnsureSuccessAsync(response, cancellationToken);

        return true;
    }

    /// <summary>All that is there, as ADDED, and then each change, until the server or the network ends it.</summary>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string kind, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in ReadLinesAsync($"{Path(kind)}?watch=true", cancellationToken))
        {
            if (JsonSerializer.Deserialize<WatchEvent<T>>(line, DcpJson.Options) is { Type: not "BOOKMARK" } change)
            {
                yield return change;
            }
        }
    }

    /// <summary>Console output of an executable, each line with its time; skips what was read already.</summary>
    public IAsyncEnumerable<string> ReadLogAsync(string name, string source, bool follow, int skip, CancellationToken cancellationToken) =>
        ReadLinesAsync(
            $"{Path(DcpKinds.Executables, name)}/log?source={source}&follow={(follow ? "true" : "false")}&timestamps=true&skip={skip}", cancellationToken);

    public async Task StopServerAsync(CancellationToken cancellationToken) =>
        await PatchAsync("/admin/execution", new() { ["status"] = "Stopping", ["shutdownResourceCleanup"] = "Full" }, cancellationToken);

    public void Dispose() => _http.Dispose();

    private static string Path(string kind, string? name = null) => $"/apis/{DcpJson.ApiVersion}/{kind}{(name is null ? "" : $"/{name}")}";

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await EnsureSuccessAsync(response, cancellationToken);

        return (await response.Content.ReadFromJsonAsync<T>(DcpJson.Options, cancellationToken))!;
    }

    private static async Task EnsureSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            // Errors are Kubernetes Status objects: {"message":"...","reason":"AlreadyExists","code":409}.
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new HttpRequestException($"DCP refused {response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}: {text}", null, response.StatusCode);
        }
    }

    /// <summary>The API answers a moment after the kubeconfig is there.</summary>
    private static async Task<HttpResponseMessage> RetryFirstAsync(Func<Task<HttpResponseMessage>> send, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await send();
            }
            catch (HttpRequestException) when (attempt < 20)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    private async Task PatchAsync(string path, JsonObject change, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(change, _mergePatch);
        using var response = await _http.PatchAsync(path, content, cancellationToken);
        await EnsureSuccessAsync(response, cancellationToken);
    }

    private async IAsyncEnumerable<string> ReadLinesAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await EnsureSuccessAsync(response, cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));

        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            yield return line;
        }
    }
}

internal static class DcpKinds
{
    public const string Services = "services";
    public const string Executables = "executables";
    public const string Endpoints = "endpoints";
}
