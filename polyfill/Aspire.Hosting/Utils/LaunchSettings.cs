using System.Text.Json;

namespace Aspire.Hosting.Utils;

/// <summary>A project's <c>Properties/launchSettings.json</c>, as far as the AppHost heeds it.</summary>
internal sealed record LaunchSettings(Dictionary<string, LaunchProfile>? Profiles)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public static LaunchSettings? Read(string projectDirectory)
    {
        var path = Path.Combine(projectDirectory, "Properties", "launchSettings.json");
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<LaunchSettings>(File.ReadAllText(path), _json);
        }
        catch (JsonException ex)
        {
            throw new DistributedApplicationException($"The launch settings '{path}' are not valid JSON: {ex.Message}", ex);
        }
    }

    /// <summary>The profile asked for; else the one that the AppHost itself was started with, if the project has it; else the first.</summary>
    public static NamedLaunchProfile? ChooseProfile(string projectPath, string? asked, string? appHostProfile)
    {
        if (!File.Exists(projectPath))
        {
            throw new DistributedApplicationException($"Project file '{projectPath}' was not found.");
        }

        var profiles = Read(Path.GetDirectoryName(projectPath)!)?.Profiles ?? [];
        if (asked is not null)
        {
            return profiles.TryGetValue(asked, out var found)
                ? new(asked, found)
                : throw new DistributedApplicationException($"Launch settings file does not contain '{asked}' profile.");
        }

        if (appHostProfile is not null && profiles.TryGetValue(appHostProfile, out var same))
        {
            return new(appHostProfile, same);
        }

        return profiles.Where(p => p.Value.CommandName is null or "Project" or "Executable").Select(p => new NamedLaunchProfile(p.Key, p.Value)).FirstOrDefault();
    }
}

internal sealed record LaunchProfile(
    string? CommandName, string? ApplicationUrl, string? LaunchUrl, Dictionary<string, string>? EnvironmentVariables);

internal sealed record NamedLaunchProfile(string Name, LaunchProfile Profile)
{
    public string? ApplicationUrl => Profile.ApplicationUrl;

    public string? LaunchUrl => Profile.LaunchUrl;

    public IReadOnlyDictionary<string, string> EnvironmentVariables => Profile.EnvironmentVariables ?? [];
}
