using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>
/// Starts DCP and stops it. It runs in a session of its own and watches this process: however this one ends, DCP ends what it started.
/// </summary>
internal sealed partial class DcpHost(DcpOptions options, ILogger<DcpHost> logger) : IAsyncDisposable
{
    private static readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(20);

    // Those of this process, which would otherwise reach each service.
    private static readonly string[] _notInherited =
        ["ASPNETCORE_URLS", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "DOTNET_LAUNCH_PROFILE", "ASPIRE_LOGLEVEL"];

    private string? _sessionFolder;
    private DcpCertificate? _certificate;
    private DcpClient? _client;

    public DcpClient Client => _client ?? throw new InvalidOperationException("DCP has not been started.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // DCP keeps its logs here, and deletes the folder when it ends.
        _sessionFolder = Directory.CreateTempSubdirectory("aspire-dcp-").FullName;
        var kubeconfig = Path.Combine(_sessionFolder, "kubeconfig");
        var certificateFile = Path.Combine(_sessionFolder, "tls.crt");
        var keyFile = Path.Combine(_sessionFolder, "tls.key");
        _certificate = DcpCertificate.Write(certificateFile, keyFile);

        var start = new ProcessStartInfo(options.CliPath)
        {
            ArgumentList =
            {
                "start-apiserver", "--detach",
                "--monitor", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture),
                "--kubeconfig", kubeconfig,
                "--tls-cert-file", certificateFile,
                "--tls-key-file", keyFile,
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DCP_SESSION_FOLDER"] = _sessionFolder;
        foreach (var name in _notInherited)
        {
            start.Environment.Remove(name);
        }

        try
        {
            var said = await RunLauncherAsync(start, cancellationToken);
            var (server, token) = await ReadKubeconfigAsync(kubeconfig, said, cancellationToken);
            _client = new DcpClient(server, token, _certificate);
            Started(server);
        }
        catch (DistributedApplicationException)
        {
            Directory.Delete(_sessionFolder, recursive: true);
            throw;
        }
    }

    /// <summary>Asks DCP to stop everything and end; processes get SIGTERM, and six seconds later SIGKILL.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_client is null)
        {
            return;
        }

        try
        {
            await _client.StopServerAsync(cancellationToken);
            if (options.WaitForResourceCleanup)
            {
                await WaitUntilGoneAsync(cancellationToken);
            }
        }
        catch (Exception ex) when (ex is HttpRequestException or IOException or OperationCanceledException)
        {
            // It may be gone already, and if it is not, it ends when this process does.
            StopFailed(ex);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(_stopTimeout);
        await StopAsync(timeout.Token);
        _client?.Dispose();
        _client = null;
        _certificate?.Dispose();
    }

    /// <summary>The launcher leaves as soon as the server runs; what it says matters only if the server does not.</summary>
    private static async Task<string> RunLauncherAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        try
        {
            using var launcher = Process.Start(start)!;
            var output = launcher.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = launcher.StandardError.ReadToEndAsync(cancellationToken);
            await launcher.WaitForExitAsync(cancellationToken);
            var said = $"{(await output).Trim()} {(await errors).Trim()}".Trim();

            return launcher.ExitCode == 0
                ? said
                : throw new DistributedApplicationException($"The Developer Control Plane ended with exit code {launcher.ExitCode}: {said}");
        }
        catch (System.ComponentModel.Win32Exception ex)
        {
            throw new DistributedApplicationException($"The Developer Control Plane '{start.FileName}' could not be started: {ex.Message}", ex);
        }
    }

    private static async Task<(Uri Server, string Token)> ReadKubeconfigAsync(string path, string said, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < _startTimeout)
        {
            if (File.Exists(path))
            {
                // Two lines are enough, and the file can be seen half-written: no token, no answer yet.
                var lines = (await File.ReadAllLinesAsync(path, cancellationToken)).Select(l => l.Trim()).ToList();
                if (Value("token:") is { Length: > 0 } token && Value("server:") is { Length: > 0 } server)
                {
                    return (new Uri(server), token);
                }

                string? Value(string key) => lines.FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Trim().Trim('"');
            }

            await Task.Delay(20, cancellationToken);
        }

        throw new DistributedApplicationException(
            $"The Developer Control Plane did not get ready within {_startTimeout.TotalSeconds:0} s. It said: {said}");
    }

    private async Task WaitUntilGoneAsync(CancellationToken cancellationToken)
    {
        while (Directory.Exists(_sessionFolder))
        {
            await Task.Delay(50, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Debug, "DCP listens at {Server}.")]
    private partial void Started(Uri server);

    [LoggerMessage(LogLevel.Debug, "DCP could not be asked to stop.")]
    private partial void StopFailed(Exception exception);
}
