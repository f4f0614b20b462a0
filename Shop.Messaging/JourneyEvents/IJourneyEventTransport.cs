namespace Shop.Messaging.JourneyEvents;

/// <summary>Sends a batch of journey events to the broker.</summary>
internal interface IJourneyEventTransport : IAsyncDisposable
{
    /// <summary>Returns when the broker has confirmed the batch. After an exception it may have the batch all the same.</summary>
    Task PublishAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken);
}
