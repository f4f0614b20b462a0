using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting.Utils;

/// <summary>The AppHost project's user secrets, where generated passwords and keys are kept from one run to the next.</summary>
internal sealed class UserSecretsStore(string? userSecretsId)
{
    // Several AppHosts in one process (tests) share one file.
    private static readonly Lock _lock = new();
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    /// <summary>Does nothing without a UserSecretsId, as the real one: a new value is then generated in each run.</summary>
    public void Set(string key, string value)
    {
        if (string.IsNullOrEmpty(userSecretsId))
        {
            return;
        }

        var path = PathHelper.GetSecretsPathFromSecretsId(userSecretsId);
        lock (_lock)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var secrets = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : [];
            secrets[key] = value;

            var temporary = $"{path}.{Environment.ProcessId}";
            File.WriteAllText(temporary, secrets.ToJsonString(_indented));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            File.Move(temporary, path, overwrite: true);
        }
    }

    public void GetOrSet(IConfigurationBuilder configuration, string key, Func<string> generate)
    {
        if (((IConfiguration)configuration)[key] is null)
        {
            var value = generate();
            configuration.AddInMemoryCollection([new(key, value)]);
            Set(key, value);
        }
    }
}
