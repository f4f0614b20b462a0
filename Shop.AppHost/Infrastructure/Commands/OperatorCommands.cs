using Microsoft.Extensions.Hosting;

namespace Shop.AppHost.Infrastructure.Commands;

/// <summary>Adds the commands of an operator to the resources in the dashboard.</summary>
internal static class OperatorCommands
{
    /// <summary>Adds the commands, in Development only: nobody signs in to run them.</summary>
    /// <param name="builder">The builder of the application.</param>
    /// <param name="identity">The service that issues the token of staff.</param>
    /// <param name="catalog">The catalog.</param>
    /// <param name="cart">The carts.</param>
    /// <param name="orders">The orders.</param>
    /// <param name="personalDataKeys">The keys that Cart and Orders share.</param>
    public static void AddOperatorCommands(
        this IDistributedApplicationBuilder builder,
        IResourceBuilder<ProjectResource> identity,
        IResourceBuilder<ProjectResource> catalog,
        IResourceBuilder<ProjectResource> cart,
        IResourceBuilder<ProjectResource> orders,
        PersonalDataKeys personalDataKeys)
    {
        if (!builder.ExecutionContext.IsRunMode || !builder.Environment.IsDevelopment())
        {
            return;
        }

        foreach (var service in (IResourceBuilder<ProjectResource>[])[catalog, cart, orders])
        {
            service.WithErrorQueueCommands(identity);
        }

        catalog.WithStockCommand(identity);
        orders.WithKeyRotationCommand(personalDataKeys, cart.Resource);
        builder.AddResetCommand();
    }
}
