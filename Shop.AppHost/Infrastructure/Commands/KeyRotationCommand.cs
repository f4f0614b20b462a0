using Microsoft.Extensions.DependencyInjection;

namespace Shop.AppHost.Infrastructure.Commands;

/// <summary>Adds the command that rotates the key of personal data (docs/personal-data.md).</summary>
internal static class KeyRotationCommand
{
    /// <summary>Adds the command <c>rotate-personal-data-key</c>.</summary>
    /// <param name="orders">The service that stores personal data, and that encrypts it again with a new key.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="cart">The service that sends personal data to <paramref name="orders"/>.</param>
    public static void WithKeyRotationCommand(
        this IResourceBuilder<ProjectResource> orders, PersonalDataKeys keys, IResource cart) => orders.WithCommand(
        "rotate-personal-data-key",
        "Rotate the personal-data key",
        context => RotateAsync(context, keys, [cart, orders.Resource]),
        new CommandOptions
        {
            Description = "Generates a key, starts Cart and Orders with it, and then once more to encrypt with it.",
            IconName = "KeyReset",
            ConfirmationMessage = "Generate a new key and restart Cart and Orders twice? The earlier keys are kept.",
            UpdateState = StaffCommandExtensions.EnabledWhenHealthy,
        });

    private static async Task<ExecuteCommandResult> RotateAsync(ExecuteCommandContext context, PersonalDataKeys keys, IResource[] services)
    {
        // All services can decrypt with a key before one encrypts with it.
        var number = keys.Add();
        if (await RestartAsync(context, services) is { } failure)
        {
            return CommandResults.Failure($"Key {number} was added and is not used before the application starts again. {failure}");
        }

        keys.UseLast();
        return await RestartAsync(context, services) is { } failed
            ? CommandResults.Failure($"Key {number} is used by services that have started again. {failed}")
            : CommandResults.Success($"Key {number} is used. Orders now encrypts the recipients of earlier orders with it.");
    }

    private static async Task<string?> RestartAsync(ExecuteCommandContext context, IResource[] services)
    {
        var results = await Task.WhenAll(services.Select(service => context.Services.GetRequiredService<ResourceCommandService>()
            .ExecuteCommandAsync(service, KnownResourceCommands.RestartCommand, context.CancellationToken)));
        foreach (var (service, result) in services.Zip(results))
        {
            if (!result.Success)
            {
                return $"{service.Name} did not restart: {result.Message}";
            }

            await context.Services.GetRequiredService<ResourceNotificationService>()
                .WaitForResourceHealthyAsync(service.Name, context.CancellationToken);
        }

        return null;
    }
}
